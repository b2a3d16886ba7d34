using System.Buffers;

namespace VectorSearch.Grpc;

/// <summary>Bytes written one after the other into a rented array, which goes back to the pool on disposal.</summary>
internal sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int MinGrowth = 256;

    private byte[] _array;
    private int _written;

    internal PooledBuffer(int capacity = MinGrowth) => _array = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, MinGrowth));

    internal int WrittenCount => _written;

    internal ReadOnlyMemory<byte> WrittenMemory => _array.AsMemory(0, _written);

    internal ReadOnlySpan<byte> WrittenSpan => _array.AsSpan(0, _written);

    internal void Clear() => _written = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _array.Length - _written);
        _written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _array.AsSpan(_written);
    }

    public void Dispose()
    {
        byte[] array = _array;
        _array = [];
        _written = 0;
        if (array.Length > 0) ArrayPool<byte>.Shared.Return(array);
    }

    private void Reserve(int sizeHint)
    {
        int needed = Math.Max(sizeHint, 1);
        if (_array.Length - _written >= needed) return;
        int capacity = (int)Math.Min(Math.Max((long)_array.Length * 2, (long)_written + needed), Array.MaxLength);
        byte[] larger = ArrayPool<byte>.Shared.Rent(capacity);
        _array.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_array);
        _array = larger;
    }
}
