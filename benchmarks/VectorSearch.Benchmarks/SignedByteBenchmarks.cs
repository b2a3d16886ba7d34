using BenchmarkDotNet.Attributes;
using VectorSearch.Numerics;

namespace VectorSearch.Benchmarks;

/// <summary>The kernel under a walk over codes.</summary>
[MemoryDiagnoser]
public unsafe class SignedByteBenchmarks
{
    private NativeBuffer? _rows;

    [Params(112, 128, 784)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _rows = NativeBuffer.Allocate(2 * Dimension);
        for (int i = 0; i < 2 * Dimension; i++) ((sbyte*)_rows.Start)[i] = (sbyte)((i * 37 % 255) - 127);
    }

    [GlobalCleanup]
    public void Cleanup() => _rows?.Dispose();

    [Benchmark]
    public int Dot() => SignedByteMath.Dot((sbyte*)_rows!.Start, (sbyte*)_rows.Start + Dimension, Dimension);
}
