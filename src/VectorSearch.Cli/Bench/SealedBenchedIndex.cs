using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>The sealed form under a bench command.</summary>
internal sealed class SealedBenchedIndex(SealedIndex index) : IBenchedIndex
{
    /// <summary>Levels below this recall are of no interest to a benchmark.</summary>
    private const double LeastRecall = 0.8;

    public string Kind => "sealed";

    public long MemoryBytes => index.MemoryBytes;

    public IReadOnlyList<int> Efforts { get; } =
        [.. Enumerable.Range(1, index.Efforts.Count).Where(e => index.Efforts[e - 1].Recall >= LeastRecall || e == index.Efforts.Count)];

    public static SealedBenchedIndex Build(RowMatrix<float> rows, BenchSettings settings) =>
        new(SealedBuilder.Build(rows, new SealedOptions
        {
            Metric = settings.Metric,
            Rows = RowsFor(settings.Memory),
            Threads = settings.BuildThreads,
            Seed = settings.Seed,
        }));

    public SearchOutcome Search(ReadOnlySpan<float> query, int k, int effort, Span<Neighbor> hits) =>
        index.Search(query, new SealedRequest(k) { Effort = effort }, hits);

    public bool TrySearch(ReadOnlySpan<float> query, int k, double targetRecall, Span<Neighbor> hits, out SearchOutcome outcome)
    {
        outcome = index.Search(query, new SealedRequest(k) { TargetRecall = targetRecall }, hits);
        return true;
    }

    public bool TrySearchMany(ReadOnlySpan<float> queries, int k, int effort, double targetRecall, Span<Neighbor> hits, Span<SearchOutcome> outcomes)
    {
        index.SearchMany(queries, new SealedRequest(k) { Effort = effort, TargetRecall = effort > 0 ? 0 : targetRecall }, hits, outcomes);
        return true;
    }

    public SearchOutcome SearchFiltered(ReadOnlySpan<float> query, int k, SlotSet filter, bool exact, Span<Neighbor> hits) =>
        index.Search(query, new SealedRequest(k) { Filter = filter, Exact = exact, TargetRecall = 0.95 }, hits);

    /// <summary>Writes the index.</summary>
    public void Save(Stream stream) => index.Save(stream);

    public void Dispose() => index.Dispose();

    /// <summary>How rows are kept for a value of --memory.</summary>
    internal static RowFormat RowsFor(string memory) => memory switch
    {
        "float32" => RowFormat.FullFloat,
        "float16" => RowFormat.HalfFloat,
        _ => RowFormat.ScaledByte,
    };
}
