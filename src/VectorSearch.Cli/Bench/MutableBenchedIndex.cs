using VectorSearch.Index;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>The mutable form under a bench command, with the paper's M and efConstruction at their defaults.</summary>
internal sealed class MutableBenchedIndex(HnswIndex index) : IBenchedIndex
{
    public string Kind => "mutable";

    public long MemoryBytes
    {
        get
        {
            var statistics = index.GetStatistics();
            return statistics.VectorBytes + statistics.GraphBytes;
        }
    }

    public IReadOnlyList<int> Efforts { get; } = [10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 800];

    public static MutableBenchedIndex Build(RowMatrix<float> rows, BenchSettings settings)
    {
        var index = new HnswIndex(new HnswOptions
        {
            Dimension = rows.Dimension,
            Metric = settings.Metric,
            MaxSlots = Math.Max(1, rows.Rows),
            Seed = settings.Seed,
        });
        for (var i = 0; i < rows.Rows; i++) index.Store(rows[i]);
        rows.Dispose();
        Parallel.For(0, index.SlotCount, new ParallelOptions { MaxDegreeOfParallelism = settings.BuildThreads }, index.Link);
        return new MutableBenchedIndex(index);
    }

    public SearchOutcome Search(ReadOnlySpan<float> query, int k, int effort, Span<Neighbor> hits) =>
        index.Search(query, new SearchRequest(k) { Ef = effort }, hits);

    public bool TrySearch(ReadOnlySpan<float> query, int k, double targetRecall, Span<Neighbor> hits, out SearchOutcome outcome)
    {
        outcome = default;
        return false;
    }

    public void Dispose() => index.Dispose();
}
