using BenchmarkDotNet.Attributes;
using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Benchmarks;

/// <summary>Rows into an empty index: one by one, and all at once.</summary>
[MemoryDiagnoser]
public class InsertBenchmarks
{
    private const int Rows = 10_000;

    private readonly HnswOptions _options = new() { Dimension = 128, Metric = Metric.SquaredEuclidean, MaxSlots = Rows };
    private float[][] _rows = [];

    [GlobalSetup]
    public void Setup() => _rows = BenchmarkData.Clusters(Rows, 128, 100, 3);

    [Benchmark(OperationsPerInvoke = Rows)]
    public int OneByOne()
    {
        using HnswIndex index = new(_options);
        foreach (float[] row in _rows) index.Add(row);
        return index.Count;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int BulkOneThread()
    {
        using HnswIndex index = HnswIndex.Build(_options, Rows, (row, into) => _rows[row].CopyTo(into), threads: 1);
        return index.Count;
    }

    /// <summary>A removal and an insertion into a full-grown index.</summary>
    [Benchmark(OperationsPerInvoke = Rows)]
    public int Replace()
    {
        using HnswIndex index = HnswIndex.Build(_options with { MaxSlots = 2 * Rows }, Rows, (row, into) => _rows[row].CopyTo(into), threads: 1);
        for (int slot = 0; slot < Rows; slot++)
        {
            index.Remove(slot);
            index.Add(_rows[slot]);
        }

        return index.Count;
    }
}
