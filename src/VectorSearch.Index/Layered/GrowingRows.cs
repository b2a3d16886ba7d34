using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Records of one length that grow without moving and without a capacity chosen ahead: chunks, found through a table that
/// has addresses for <see cref="MaxCount"/> records. Readers need no lock; <see cref="Cover"/> comes from one thread at a time.
/// </summary>
internal sealed unsafe class GrowingRows(int recordBytes) : IDisposable
{
    /// <summary>Most records.</summary>
    public const int MaxCount = 1 << 28;

    private const int ChunkShift = 14;
    private const int ChunkRecords = 1 << ChunkShift;

    private readonly NativeBuffer _table = new((long)(MaxCount / ChunkRecords) * sizeof(byte*), hugePages: false);
    private readonly List<NativeBuffer> _chunks = [];
    private int _covered;

    /// <summary>A record that has been covered.</summary>
    public byte* this[int record]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((byte**)_table.Start)[record >> ChunkShift] + ((long)(record & (ChunkRecords - 1)) * recordBytes);
    }

    /// <summary>Makes room for records 0…count−1; fresh ones are zero.</summary>
    public void Cover(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        while (_covered < count)
        {
            var number = _covered >> ChunkShift;
            if (number == _chunks.Count) AddChunk();
            var within = Math.Min(count - (number << ChunkShift), ChunkRecords);
            _chunks[number].Commit((long)within * recordBytes);
            _covered = (number << ChunkShift) + within;
        }
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
        _table.Dispose();
    }

    private void AddChunk()
    {
        NativeBuffer chunk = new((long)ChunkRecords * recordBytes);
        _table.Commit((_chunks.Count + 1L) * sizeof(byte*));
        ((byte**)_table.Start)[_chunks.Count] = chunk.Start;
        _chunks.Add(chunk);
    }
}
