using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// How a row of a <see cref="RegressionTable"/> becomes input: words and names as one weighted bag (the words' weights have
/// length 1, so have the names'), numbers scaled, with the logarithm where a column is skewed, 0 and a mark where a number is
/// missing, how far they have come through each of some ranges, and place cells where there are latitude and longitude.
/// </summary>
internal sealed class RegressionFeatures
{
    private const int MeanRow = 0, ScaleRow = 1, LogRow = 2, MissingRow = 3;
    private static readonly string[] Latitudes = ["latitude", "lat"], Longitudes = ["longitude", "lon", "lng", "long"];

    private readonly VectorTable? _columns;
    private readonly int _latitude, _longitude;

    public RegressionFeatures(TextFeatures texts, Vocabulary categories, RegressionSchema schema, VectorTable? columns, NumberBins? bins, PlaceCells? cells)
    {
        (Texts, Categories, Schema, _columns, Bins, Cells) = (texts, categories, schema, columns, bins, cells);
        (_latitude, _longitude) = (Find(schema, Latitudes), Find(schema, Longitudes));
        int marks = 0;
        for (int c = 0; c < schema.Numbers.Count; c++) marks += columns![MissingRow][c] != 0 ? 1 : 0;
        PlainNumbers = schema.Numbers.Count + marks;
    }

    public TextFeatures Texts { get; }

    public Vocabulary Categories { get; }

    public RegressionSchema Schema { get; }

    /// <summary>Mean, 1/deviation, whether in logarithms, and whether a cell may be missing, of each column; null without numbers.</summary>
    public VectorTable? Columns => _columns;

    public NumberBins? Bins { get; }

    public PlaceCells? Cells { get; }

    /// <summary>Rows of the embedding: words first, then names.</summary>
    public int Rows => Texts.Rows + Categories.Count;

    /// <summary>Numbers of a row without ranges and place cells.</summary>
    public int PlainNumbers { get; }

    /// <summary>Numbers of a row.</summary>
    public int NumberCount => PlainNumbers + (Bins?.Count ?? 0) + (Cells?.Count ?? 0);

    /// <summary>Finds words, names and scales in a training table.</summary>
    public static RegressionFeatures Of(RegressionTable table, TextFeatureOptions options, ulong seed)
    {
        TextFeatures texts = TextFeatures.Of(table.Texts, options);
        Vocabulary categories = new(table.Categories.SelectMany(names => names).GroupBy(name => name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1).Select(group => group.Key).Order(StringComparer.Ordinal));
        int latitude = Find(table.Schema, Latitudes), longitude = Find(table.Schema, Longitudes);
        PlaceCells? cells = latitude < 0 || longitude < 0 ? null : PlaceCells.Of([.. table.Numbers.Select(row => (row[latitude], row[longitude]))], seed);
        return new RegressionFeatures(texts, categories, table.Schema, Scales(table), NumberBins.Of(table.Numbers, table.Schema.Numbers.Count), cells);
    }

    /// <summary>The bag of words and names of a row.</summary>
    public FeatureBag Bag(string text, IReadOnlyList<string> categories)
    {
        FeatureBag words = Texts.Encode(text);
        int[] names = [.. categories.Select(name => Categories.TryGetRow(name, out int row) ? row + Texts.Rows : -1).Where(row => row >= 0).Distinct().Order()];
        float[] weights = new float[names.Length];
        Array.Fill(weights, EmbeddingBag.Scale(names.Length));
        return new FeatureBag([.. words.Rows, .. names], [.. words.Weights, .. weights]);
    }

    /// <summary>The scaled numbers of a row, then ranges, then place cells.</summary>
    public void Fill(float[] numbers, Span<float> scaled)
    {
        int mark = Schema.Numbers.Count;
        for (int c = 0; c < Schema.Numbers.Count; c++)
        {
            bool missing = !float.IsFinite(numbers[c]);
            scaled[c] = missing ? 0 : (Bent(numbers[c], _columns![LogRow][c] != 0) - _columns[MeanRow][c]) * _columns[ScaleRow][c];
            // A value beyond all that was seen in training is held at its edge.
            scaled[c] = Math.Clamp(scaled[c], -6, 6);
            if (_columns![MissingRow][c] != 0) scaled[mark++] = missing ? 1 : 0;
        }

        Bins?.Fill(numbers, scaled[PlainNumbers..]);
        Cells?.Fill(numbers[_latitude], numbers[_longitude], scaled[(NumberCount - Cells.Count)..]);
    }

    private static int Find(RegressionSchema schema, string[] names) =>
        schema.Numbers.Select((name, n) => (name, n)).Where(pair => names.Contains(pair.name, StringComparer.OrdinalIgnoreCase)).Select(pair => pair.n).DefaultIfEmpty(-1).First();

    private static float Bent(float value, bool logarithm) => !logarithm ? value : VectorFunctions.Log(1 + Math.Max(0, value));

    private static VectorTable? Scales(RegressionTable table)
    {
        int count = table.Schema.Numbers.Count;
        if (count == 0) return null;
        VectorTable scales = new(4, count);
        for (int c = 0; c < count; c++)
        {
            float[] known = [.. table.Numbers.Select(row => row[c]).Where(float.IsFinite)];
            if (known.Length == 0) continue;
            double mean = known.Average(value => (double)value), squares = known.Average(value => (value - mean) * (value - mean));
            double cubes = known.Average(value => Math.Pow(value - mean, 3)) / Math.Max(1e-30, Math.Pow(squares, 1.5));
            bool skewed = known.Min() >= 0 && cubes > 1;
            double[] bent = [.. known.Select(value => (double)Bent(value, skewed))];
            double middle = bent.Average(), spread = Math.Sqrt(bent.Average(value => (value - middle) * (value - middle)));
            scales.Writable(MeanRow)[c] = (float)middle;
            scales.Writable(ScaleRow)[c] = spread > 0 ? (float)(1 / spread) : 0;
            scales.Writable(LogRow)[c] = skewed ? 1 : 0;
            scales.Writable(MissingRow)[c] = known.Length < table.Count ? 1 : 0;
        }

        return scales;
    }
}
