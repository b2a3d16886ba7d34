using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Texts, pictures, sound and ids → unit vectors of one space, in which what means the same lies together whatever its kind.
/// Immutable; safe from many threads.
/// </summary>
public sealed class JointEncoder : LearnedEncoder
{
    internal const string KindName = "joint/1";
    private const int Chunk = 16;

    private readonly JointTower[] _towers;
    private readonly VectorTable[] _centres;

    internal JointEncoder(IReadOnlyList<JointColumn> columns, JointTower[] towers, VectorTable[] centres, int dimension) =>
        (Columns, _towers, _centres, Dimension) = (columns, towers, centres, dimension);

    /// <summary>The columns, each with a way of its own into the space.</summary>
    public IReadOnlyList<JointColumn> Columns { get; }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension { get; }

    /// <summary>Learns from rows that show one thing in several kinds.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged or collapsed.</exception>
    public static JointEncoder Train(
        JointTable table, JointOptions options, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        return new JointTrainer(table, options).Run(progress, cancellationToken);
    }

    /// <summary>The column of a kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="column">Its name; null for the first of the kind.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public JointColumn ColumnOf(JointKind kind, string? column = null) =>
        Columns.FirstOrDefault(known => known.Kind == kind && (column is null || known.Name == column))
        ?? throw new ArgumentException($"no column of {kind.ToString().ToLowerInvariant()}{(column is null ? "" : $" '{column}'")}: the model has {string.Join(", ", Columns.Select(known => known.Name))}.", nameof(kind));

    /// <summary>The vector of a text; false when none of its words or parts of words was seen in training.</summary>
    public bool EncodeText(string text, Span<float> vector, string? column = null)
    {
        int at = Begin(JointKind.Text, column, vector);
        return ((BagTower)_towers[at]).Encode(text, vector) && Centred(at, vector);
    }

    /// <summary>The vector of some ids; false when none was seen in training.</summary>
    public bool EncodeIds(IReadOnlyList<string> ids, Span<float> vector, string? column = null)
    {
        int at = Begin(JointKind.Id, column, vector);
        return ((BagTower)_towers[at]).Encode(ids, vector) && Centred(at, vector);
    }

    /// <summary>The vector of a picture.</summary>
    public bool EncodeImage(PixelImage image, Span<float> vector, string? column = null)
    {
        int at = Begin(JointKind.Image, column, vector);
        return ((DenseTower)_towers[at]).Encode(image, vector) && Centred(at, vector);
    }

    /// <summary>The vector of a clip of sound.</summary>
    public bool EncodeAudio(AudioClip clip, Span<float> vector, string? column = null)
    {
        int at = Begin(JointKind.Audio, column, vector);
        return ((DenseTower)_towers[at]).Encode(clip, vector) && Centred(at, vector);
    }

    /// <summary>Vectors of all things of a column, one a row; zeros where nothing of a thing is known.</summary>
    public VectorTable EncodeAll(JointColumn column, JointItems items, int threads = 0)
    {
        VectorTable vectors = new(items.Count, Dimension);
        DeterministicParallel.For(items.Count, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> vector = vectors.Writable(n);
                _ = column.Kind switch
                {
                    JointKind.Text => EncodeText(items.Names[n], vector, column.Name),
                    JointKind.Image => EncodeImage(items.Images[n], vector, column.Name),
                    JointKind.Audio => EncodeAudio(items.Clips[n], vector, column.Name),
                    _ => EncodeIds([items.Names[n]], vector, column.Name),
                };
            }
        });
        return vectors;
    }

    internal override EncoderParts ToParts()
    {
        Dictionary<string, double> parameters = new() { ["dimension"] = Dimension };
        Dictionary<string, Vocabulary> vocabularies = new() { ["columns"] = new(Columns.Select(column => column.Name)) };
        Dictionary<string, ulong[]> keys = [];
        Dictionary<string, VectorTable> weights = [];
        for (int c = 0; c < Columns.Count; c++)
        {
            EncoderParts parts = _towers[c].ToParts();
            weights.Add(Prefix(c) + "centre", _centres[c]);
            parameters.Add(Prefix(c) + "kind", (int)Columns[c].Kind);
            foreach ((string name, double value) in parts.Parameters) parameters.Add(Prefix(c) + name, value);
            foreach ((string name, Vocabulary value) in parts.Vocabularies) vocabularies.Add(Prefix(c) + name, value);
            foreach ((string name, ulong[] value) in parts.Keys) keys.Add(Prefix(c) + name, value);
            foreach ((string name, VectorTable value) in parts.Weights) weights.Add(Prefix(c) + name, value);
        }

        return new EncoderParts { Parameters = parameters, Vocabularies = vocabularies, Keys = keys, Weights = weights };
    }

    internal static JointEncoder OfParts(EncoderParts parts)
    {
        Vocabulary names = parts.Vocabularies["columns"];
        JointColumn[] columns = [.. names.Ids.Select((name, c) => new JointColumn(name, (JointKind)(int)parts.Parameters[Prefix(c) + "kind"]))];
        JointTower[] towers = [.. columns.Select((column, c) =>
        {
            EncoderParts own = new()
            {
                Parameters = Own(parts.Parameters, c), Vocabularies = Own(parts.Vocabularies, c), Keys = Own(parts.Keys, c), Weights = Own(parts.Weights, c),
            };
            return column.Kind is JointKind.Text or JointKind.Id ? (JointTower)BagTower.OfParts(own) : DenseTower.OfParts(own);
        })];
        VectorTable[] centres = [.. columns.Select((_, c) => parts.Weights[Prefix(c) + "centre"])];
        return new JointEncoder(columns, towers, centres, (int)parts.Parameters["dimension"]);
    }

    private static Dictionary<string, T> Own<T>(IReadOnlyDictionary<string, T> parts, int column) =>
        parts.Where(part => part.Key.StartsWith(Prefix(column), StringComparison.Ordinal)).ToDictionary(part => part.Key[Prefix(column).Length..], part => part.Value);

    private static string Prefix(int column) => string.Create(CultureInfo.InvariantCulture, $"c{column}.");

    /// <summary>Clears the vector, and finds the column.</summary>
    private int Begin(JointKind kind, string? column, Span<float> vector)
    {
        RequireDimension(vector);
        vector.Clear();
        JointColumn wanted = ColumnOf(kind, column);
        return Enumerable.Range(0, Columns.Count).First(c => Columns[c] == wanted);
    }

    /// <summary>
    /// Takes away the mean of the kind. Contrast only orders things of one kind against each other, and leaves kinds apart as wholes
    /// (Liang et al., "Mind the Gap", NeurIPS 2022): among things of several kinds one kind would then always come first.
    /// </summary>
    private bool Centred(int column, Span<float> vector)
    {
        FixedLanes.Add(vector, -1, _centres[column][0]);
        return FixedLanes.TryNormalise(vector);
    }
}
