using BenchmarkDotNet.Attributes;
using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Benchmarks;

/// <summary>One query of 50,000 × 128 under each metric. The Allocated column must be empty.</summary>
[MemoryDiagnoser]
public class SearchBenchmarks
{
    private const int Rows = 50_000;

    private readonly Neighbor[] _hits = new Neighbor[10];
    private HnswIndex? _index;
    private float[][] _queries = [];
    private int _next;

    [Params(Metric.SquaredEuclidean, Metric.Cosine, Metric.InnerProduct)]
    public Metric Metric { get; set; }

    [Params(true, false)]
    public bool ByteCodes { get; set; }

    [Params(20, 100)]
    public int Ef { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        float[][] rows = BenchmarkData.Clusters(Rows + 1000, 128, 500, 2);
        _queries = rows[Rows..];
        HnswOptions options = new() { Dimension = 128, Metric = Metric, ByteCodes = ByteCodes, MaxSlots = Rows };
        _index = HnswIndex.Build(options, Rows, (row, into) => rows[row].CopyTo(into));
    }

    [GlobalCleanup]
    public void Cleanup() => _index?.Dispose();

    [Benchmark]
    public SearchOutcome Search() => _index!.Search(_queries[_next++ % _queries.Length], new SearchRequest(10) { Ef = Ef }, _hits);
}
