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

    public static SealedBenchedIndex Build(RowMatrix<float> rows, BenchSettings settings) => new(SealedBuilder.Build(rows, OptionsFor(settings)));

    public bool TakesBatches => true;

    public SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits) => index.Search(query, request, hits);

    public void SearchMany(ReadOnlySpan<float> queries, in SealedRequest request, Span<Neighbor> hits, Span<SearchOutcome> outcomes) =>
        index.SearchMany(queries, request, hits, outcomes);

    /// <summary>Writes the index.</summary>
    public void Save(Stream stream) => index.Save(stream);

    public void Dispose() => index.Dispose();

    internal static SealedOptions OptionsFor(BenchSettings settings) => new()
    {
        Metric = settings.Metric,
        Rows = settings.Memory switch
        {
            "float32" => RowFormat.FullFloat,
            "float16" => RowFormat.HalfFloat,
            _ => RowFormat.ScaledByte,
        },
        Threads = settings.BuildThreads,
        Seed = settings.Seed,
    };
}
