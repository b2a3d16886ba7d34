using VectorSearch.Index;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>The mutable form under a bench command, with the paper's M and efConstruction at their defaults.</summary>
internal sealed class MutableBenchedIndex(HnswIndex index) : IBenchedIndex
{
    /// <summary>Beam width under filters, which gives recall 0.95 and more on the sets measured.</summary>
    private const int FilteredEf = 128;

    public string Kind => "mutable";

    public long MemoryBytes
    {
        get
        {
            var statistics = index.GetStatistics();
            return statistics.VectorBytes + statistics.CodeBytes + statistics.GraphBytes;
        }
    }

    public IReadOnlyList<int> Efforts { get; } = [10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 800, 1200, 1800];

    /// <summary>Builds over the rows of the base file, which are read one by one: nothing is held twice.</summary>
    public static MutableBenchedIndex Build(BenchSettings settings)
    {
        using var rows = VectorRowFile.Open(settings.Base);
        return new MutableBenchedIndex(HnswIndex.Build(
            OptionsFor(settings, rows.Dimension, rows.Rows), rows.Rows, rows.Read, settings.BuildThreads));
    }

    /// <summary>Builds over some rows, and disposes them.</summary>
    public static MutableBenchedIndex Build(RowMatrix<float> rows, BenchSettings settings)
    {
        using (rows)
        {
            return new MutableBenchedIndex(HnswIndex.Build(
                OptionsFor(settings, rows.Dimension, rows.Rows), rows.Rows, (row, vector) => rows[row].CopyTo(vector), settings.BuildThreads));
        }
    }

    public static HnswOptions OptionsFor(BenchSettings settings, int dimension, int rows) => new()
    {
        Dimension = dimension,
        Metric = settings.Metric,
        MaxSlots = Math.Max(1, rows),
        Seed = settings.Seed,
    };

    public SearchOutcome Search(ReadOnlySpan<float> query, int k, int effort, Span<Neighbor> hits) =>
        index.Search(query, new SearchRequest(k) { Ef = effort }, hits);

    public bool TrySearch(ReadOnlySpan<float> query, int k, double targetRecall, Span<Neighbor> hits, out SearchOutcome outcome)
    {
        outcome = default;
        return false;
    }

    public SearchOutcome SearchFiltered(ReadOnlySpan<float> query, int k, SlotSet filter, bool exact, Span<Neighbor> hits) =>
        index.Search(query, new SearchRequest(k) { Ef = FilteredEf, Filter = filter, Exact = exact }, hits);

    public void Dispose() => index.Dispose();
}
