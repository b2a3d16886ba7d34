using BenchmarkDotNet.Attributes;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Benchmarks;

/// <summary>One query of 50,000 × 128 in the sealed form under each way to keep rows. The Allocated column must be empty.</summary>
[MemoryDiagnoser]
public class SealedSearchBenchmarks
{
    private const int Rows = 50_000;

    private readonly Neighbor[] _hits = new Neighbor[10];
    private SealedIndex? _index;
    private float[][] _queries = [];
    private int _next;

    [Params(RowFormat.FullFloat, RowFormat.HalfFloat, RowFormat.ScaledByte)]
    public RowFormat Format { get; set; }

    [Params(0.9, 0.99)]
    public double TargetRecall { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        float[][] rows = BenchmarkData.Clusters(Rows + 1000, 128, 500, 2);
        _queries = rows[Rows..];
        RowMatrix<float> matrix = new(Rows, 128);
        for (int i = 0; i < Rows; i++) rows[i].CopyTo(matrix[i]);
        _index = SealedBuilder.Build(matrix, new SealedOptions { Metric = Metric.SquaredEuclidean, Rows = Format });
    }

    [GlobalCleanup]
    public void Cleanup() => _index?.Dispose();

    [Benchmark]
    public SearchOutcome Search() =>
        _index!.Search(_queries[_next++ % _queries.Length], new SealedRequest(10) { TargetRecall = TargetRecall }, _hits);
}
