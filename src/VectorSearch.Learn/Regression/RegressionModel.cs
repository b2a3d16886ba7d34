using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Words, names and numbers → a number, such as the logarithm of a price. Each word has an embedding that was learned from what
/// it does to the target; as an encoder the model gives the vector of a text, the members' embeddings side by side. What is
/// predicted is the mean of the members, with a share of a ridge regression on the same features where that helps.
/// Immutable; safe from many threads.
/// </summary>
public sealed class RegressionModel : LearnedEncoder
{
    internal const string KindName = "regression/1";
    private const int Chunk = 128;

    private readonly RegressionFeatures _features;
    private readonly FeatureNetwork[] _members;
    private readonly double _mean, _deviation;
    private readonly RidgeShare? _ridge;

    internal RegressionModel(RegressionFeatures features, FeatureNetwork[] members, double mean, double deviation, RidgeShare? ridge) =>
        (_features, _members, _mean, _deviation, _ridge) = (features, members, mean, deviation, ridge);

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override int Dimension => _members.Sum(member => member.Dimension);

    /// <summary>What the columns of a table must be.</summary>
    public RegressionSchema Schema => _features.Schema;

    /// <summary>How many words and names have a vector.</summary>
    public int FeatureCount => _features.Rows;

    /// <summary>The share of the ridge regression in what is predicted, 0 to 1.</summary>
    public double RidgeShare => _ridge?.Share ?? 0;

    internal RegressionFeatures Features => _features;

    /// <summary>Learns from a table.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message lists all faults.</exception>
    /// <exception cref="LearningException">Training diverged.</exception>
    public static RegressionModel Train(
        RegressionTable table, RegressionOptions options, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> faults = options.Validate();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        return new RegressionTrainer(table, options).Run(progress, cancellationToken);
    }

    /// <summary>What is predicted for each row, in the units of <see cref="RegressionTable.Targets"/>.</summary>
    public double[] Predict(RegressionTable table, int threads = 0)
    {
        double[] predicted = new double[table.Count];
        DeterministicParallel.For(table.Count, Chunk, threads, (from, to) =>
        {
            FeatureBag[] bags = [.. Enumerable.Range(from, to - from).Select(n => _features.Bag(table.Texts[n], table.Categories[n]))];
            float[] numbers = new float[bags.Length * _features.NumberCount];
            for (int n = 0; n < bags.Length; n++) _features.Fill(table.Numbers[from + n], numbers.AsSpan(n * _features.NumberCount, _features.NumberCount));
            Predict(bags, numbers, predicted.AsSpan(from, to - from));
        });
        return predicted;
    }

    /// <summary>What a word alone does to the target of a row that is average in all else; null for a word without a vector.</summary>
    public double? EffectOf(string word)
    {
        int row = _features.Texts.RowOf(word);
        if (row < 0) return null;
        // About the weight of one word among the hundred of an ad.
        const float Weight = 0.1f;
        double[] both = new double[2];
        Predict([new FeatureBag([row], [Weight]), new FeatureBag([], [])], new float[2 * _features.NumberCount], both);
        return both[0] - both[1];
    }

    /// <summary>The vector of a word, of unit length.</summary>
    /// <returns>False when it has none.</returns>
    public bool EncodeWord(string word, Span<float> vector)
    {
        int row = _features.Texts.RowOf(word);
        if (row < 0)
        {
            vector.Clear();
            return false;
        }

        return Encode(new FeatureBag([row], [1]), vector);
    }

    /// <summary>The vector of a text, of unit length; zeros when none of its words was seen in training.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vector">Receives <see cref="LearnedEncoder.Dimension"/> coordinates.</param>
    /// <returns>False when no word is known.</returns>
    public bool Encode(string text, Span<float> vector) => Encode(_features.Bag(text, []), vector);

    internal override EncoderParts ToParts()
    {
        VectorTable weights = new(1, Math.Max(1, _features.Texts.Rows)), target = new(1, 2);
        _features.Texts.RowWeights.CopyTo(weights.Writable(0));
        (target.Writable(0)[0], target.Writable(0)[1]) = ((float)_mean, (float)_deviation);
        Dictionary<string, VectorTable> body = new() { ["feature-weights"] = weights }, head = new() { ["target"] = target };
        if (_features.Columns is { } columns) head.Add("columns", columns);
        if (_features.Bins is { } bins) head.Add("bins", bins.Edges);
        if (_features.Cells is { } cells) head.Add("cells", cells.Table);
        if (_ridge is { } ridge)
        {
            VectorTable share = new(1, 1);
            share.Writable(0)[0] = ridge.Share;
            (head["ridge.features"], head["ridge.numbers"], head["ridge.share"]) = (ridge.Ridge.Features, ridge.Ridge.Numbers, share);
        }

        for (int m = 0; m < _members.Length; m++)
        {
            body.Add(Name("embedding", m), _members[m].Embedding);
            foreach ((string name, VectorTable table) in _members[m].LayerTables()) head.Add($"{Name("member", m)}.{name}", table);
        }

        Dictionary<string, double> parameters = new(_features.Texts.Options.ToParameters()) { ["members"] = _members.Length, ["logarithm"] = Schema.Logarithm ? 1 : 0 };
        return new EncoderParts
        {
            Parameters = parameters,
            Vocabularies = new Dictionary<string, Vocabulary>
            {
                ["target"] = new([Schema.Target]), ["texts"] = new(Schema.Texts), ["numbers"] = new(Schema.Numbers), ["names"] = new(Schema.Categories),
                ["categories"] = _features.Categories,
            },
            Keys = new Dictionary<string, ulong[]> { ["features"] = _features.Texts.Keys },
            Weights = body,
            Head = head,
        };
    }

    internal static RegressionModel OfParts(EncoderParts parts)
    {
        RegressionSchema schema = new(
            parts.Vocabularies["target"][0], parts.Vocabularies["texts"].Ids, parts.Vocabularies["numbers"].Ids, parts.Vocabularies["names"].Ids, parts.Parameters["logarithm"] != 0);
        ulong[] keys = parts.Keys["features"];
        TextFeatures texts = new(TextFeatureOptions.OfParameters(parts.Parameters), keys, parts.Weights["feature-weights"][0][..keys.Length].ToArray());
        VectorTable? columns = parts.Head.GetValueOrDefault("columns");
        if (columns is null ? schema.Numbers.Count > 0 : columns.Rows != 4 || columns.Dimension != schema.Numbers.Count)
            throw new FormatException($"{schema.Numbers.Count} columns of numbers do not fit their table of scales.");
        RegressionFeatures features = new(
            texts, parts.Vocabularies["categories"], schema, columns, parts.Head.TryGetValue("bins", out VectorTable? bins) ? new NumberBins(bins) : null,
            parts.Head.TryGetValue("cells", out VectorTable? cells) ? new PlaceCells(cells) : null);
        FeatureNetwork[] members = [.. Enumerable.Range(0, (int)parts.Parameters["members"]).Select(m =>
        {
            string prefix = Name("member", m) + ".";
            VectorTable embedding = parts.Weights[Name("embedding", m)];
            FeatureNetwork network = FeatureNetwork.OfTables(
                embedding, parts.Head.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value));
            return embedding.Rows == features.Rows && network.Numbers == features.NumberCount
                ? network
                : throw new FormatException($"member {m} has {embedding.Rows} features and {network.Numbers} numbers: expected {features.Rows} and {features.NumberCount}.");
        })];
        return new RegressionModel(features, members, parts.Head["target"][0][0], parts.Head["target"][0][1], RidgeOf(parts, features));
    }

    private static RidgeShare? RidgeOf(EncoderParts parts, RegressionFeatures features)
    {
        if (!parts.Head.TryGetValue("ridge.share", out VectorTable? share)) return null;
        (VectorTable weights, VectorTable numbers) = (parts.Head["ridge.features"], parts.Head["ridge.numbers"]);
        return weights.Dimension >= features.Rows && numbers.Dimension == features.NumberCount + 1
            ? new RidgeShare(new RidgeRegression(weights, numbers), share[0][0])
            : throw new FormatException($"the ridge regression has {weights.Dimension} features and {numbers.Dimension - 1} numbers: expected {features.Rows} and {features.NumberCount}.");
    }

    private bool Encode(FeatureBag bag, Span<float> vector)
    {
        RequireDimension(vector);
        int at = 0;
        foreach (FeatureNetwork member in _members)
        {
            member.Embed(bag, vector.Slice(at, member.Dimension));
            at += member.Dimension;
        }

        return FixedLanes.TryNormalise(vector);
    }

    internal void Predict(FeatureBag[] bags, float[] numbers, Span<double> predicted)
    {
        predicted.Clear();
        foreach (FeatureNetwork member in _members)
        {
            FeatureNetwork network = member.Share();
            float[] outputs = network.Forward(bags, numbers);
            for (int n = 0; n < bags.Length; n++) predicted[n] += (_mean + (_deviation * outputs[n * network.OutputStride])) / _members.Length;
        }

        if (_ridge is null) return;
        int count = _features.NumberCount;
        for (int n = 0; n < bags.Length; n++)
            predicted[n] += _ridge.Share * (_ridge.Ridge.Predict(bags[n], numbers.AsSpan(n * count, count)) - predicted[n]);
    }

    private static string Name(string kind, int member) => string.Create(CultureInfo.InvariantCulture, $"{kind}{member}");
}

/// <summary>A ridge regression with its part in an answer.</summary>
/// <param name="Ridge">The regression.</param>
/// <param name="Share">Its part, 0 to 1.</param>
internal sealed record RidgeShare(RidgeRegression Ridge, float Share);
