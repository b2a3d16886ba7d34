using BenchmarkDotNet.Attributes;
using VectorSearch.Numerics;

namespace VectorSearch.Benchmarks;

/// <summary>Float32 kernels on two rows in the cache.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private float[] _x = [];
    private float[] _y = [];

    [Params(100, 128, 784)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        float[][] rows = BenchmarkData.Clusters(2, Dimension, 1, 1);
        (_x, _y) = (rows[0], rows[1]);
    }

    [Benchmark]
    public float Dot() => VectorMath.Dot(_x, _y);

    [Benchmark]
    public float SquaredDistance() => VectorMath.SquaredDistance(_x, _y);

    [Benchmark]
    public double NormSquaredDouble() => VectorMath.NormSquaredDouble(_x);
}
