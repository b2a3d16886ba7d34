using BenchmarkDotNet.Attributes;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Benchmarks;

/// <summary>The kernels under a search of the sealed form: making tables, a block of 32 codes, a row of bytes, a first bound.</summary>
[MemoryDiagnoser]
public unsafe class CodeBenchmarks
{
    private readonly float[] _estimates = new float[128];
    private NativeBuffer? _memory;
    private float* _query;
    private short* _whole;
    private byte* _tables;
    private byte* _block;
    private byte* _row;
    private int _groups;

    [Params(128, 784)]
    public int Dimension { get; set; }

    private int Bits => Dimension <= 512 ? 2 : 1;

    [GlobalSetup]
    public void Setup()
    {
        _groups = NibbleTables.Groups(Dimension, Bits);
        int blockBytes = (_groups * NibbleScan.GroupBytes) + (2 * NibbleScan.BlockRows * sizeof(float));
        _memory = NativeBuffer.Allocate(1 << 20);
        _query = (float*)_memory.Start;
        _whole = (short*)(_memory.Start + (64 << 10));
        _tables = _memory.Start + (128 << 10);
        _block = _memory.Start + (256 << 10);
        _row = _memory.Start + (512 << 10);
        Xoshiro256 random = new(1);
        for (int j = 0; j < Dimension; j++)
        {
            _query[j] = random.NextInt(256);
            _whole[j] = (short)_query[j];
            _row[j] = (byte)random.NextInt(256);
        }

        for (int i = 0; i < blockBytes - (2 * NibbleScan.BlockRows * sizeof(float)); i++) _block[i] = (byte)random.NextInt(256);
        for (int i = 0; i < _estimates.Length; i++) _estimates[i] = (float)random.NextGaussian();
        NibbleTables.Build(_query, _groups, Bits, _tables);
    }

    [GlobalCleanup]
    public void Cleanup() => _memory?.Dispose();

    [Benchmark]
    public float Tables() => NibbleTables.Build(_query, _groups, Bits, _tables).Step;

    [Benchmark]
    public uint EstimateBlock()
    {
        float* estimates = stackalloc float[NibbleScan.BlockRows];
        return NibbleScan.Estimate(_block, _tables, _groups, 1, 0, 0, 1, estimates, _block);
    }

    [Benchmark]
    public float WholeByteRow() => ByteRows.SquaredDistance(_whole, _row, Dimension);

    [Benchmark]
    public float Threshold()
    {
        fixed (float* estimates = _estimates) return ThresholdSelection.AtLeast(estimates, _estimates.Length, 10);
    }
}
