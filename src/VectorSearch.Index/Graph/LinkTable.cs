using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Link lists of fixed room in blocks of whole cache lines: a header word, then the ids. The header is the list's count
/// (8 bits), a bit that says a writer is at work, and a version: a sequence lock (Lameter, 2005).
/// <para>
/// Writers hold the node's lock. A new link is written behind the others and then counted, so that a reader sees the old
/// list or the new one. A list is replaced between setting and clearing the writer's bit; a reader that met either
/// starts again.
/// </para>
/// </summary>
internal sealed unsafe class LinkTable : IDisposable
{
    /// <summary>Greatest room of a list, so that the count fits the header.</summary>
    internal const int MaxCapacity = 250;

    private const int CountMask = 0xFF;
    private const int WriterBit = 0x100;
    private const int VersionStep = 0x200;
    private const int WordsPerLine = Numerics.Prefetch.CacheLineBytes / sizeof(int);

    /// <summary>
    /// How often a reader starts again before it takes what it has read. A writer can be put to sleep in the middle by
    /// the scheduler, and a search waits for nobody; what it then has are ids that are all valid on their own.
    /// </summary>
    private const int ReadAttempts = 256;

    private readonly NativeBuffer _buffer;
    private readonly int _strideWords;

    /// <param name="capacity">Ids that a list can hold.</param>
    /// <param name="maxBlocks">Most lists.</param>
    internal LinkTable(int capacity, long maxBlocks)
    {
        Capacity = capacity;
        _strideWords = (capacity + WordsPerLine) / WordsPerLine * WordsPerLine;
        _buffer = new NativeBuffer(maxBlocks * BlockBytes);
    }

    /// <summary>Ids that a list can hold: Mmax0 or Mmax.</summary>
    internal int Capacity { get; }

    /// <summary>Bytes of a list with its header.</summary>
    internal long BlockBytes => (long)_strideWords * sizeof(int);

    /// <summary>
    /// Mmax0 for an M: 2M as the paper recommends, less one where the header would otherwise start another cache line
    /// for itself (M = 16: 31 links and the header are two lines).
    /// </summary>
    internal static int BottomCapacity(int m)
    {
        int lines = ((2 * m) + WordsPerLine - 1) / WordsPerLine;
        return Math.Min(2 * m, (lines * WordsPerLine) - 1);
    }

    /// <summary>Makes room for blocks below <paramref name="blocks"/>. The caller serialises.</summary>
    internal void EnsureBlocks(long blocks) => _buffer.Commit(blocks * BlockBytes);

    /// <summary>Asks for the lines of a list.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Prefetch(int block) => Numerics.Prefetch.Range(Header(block), (nint)Math.Min(BlockBytes, 2 * Numerics.Prefetch.CacheLineBytes));

    /// <summary>Copies a list; returns its count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int Read(int block, int* into)
    {
        int* header = Header(block);
        for (int attempt = 0; ; attempt++)
        {
            int before = Volatile.Read(ref *header);
            int count = Math.Min(before & CountMask, Capacity);
            Unsafe.CopyBlock(into, header + 1, (uint)count * sizeof(int));
            Volatile.ReadBarrier();
            if (((before & WriterBit) == 0 && Volatile.Read(ref *header) == before) || attempt == ReadAttempts) return count;
            Thread.SpinWait(1);
        }
    }

    /// <summary>Links that a list has.</summary>
    internal int Count(int block) => Volatile.Read(ref *Header(block)) & CountMask;

    /// <summary>Adds a link to a list with room. The node's lock is held.</summary>
    internal void Append(int block, int id)
    {
        int* header = Header(block);
        int count = *header & CountMask;
        header[1 + count] = id;
        Volatile.Write(ref *header, *header + 1);
    }

    /// <summary>Replaces a list. The node's lock is held.</summary>
    internal void Replace(int block, ReadOnlySpan<int> ids)
    {
        int* header = Header(block);
        int next = ((*header & ~(CountMask | WriterBit)) + VersionStep) | ids.Length;
        Volatile.Write(ref *header, *header | WriterBit);
        Volatile.WriteBarrier();
        ids.CopyTo(new Span<int>(header + 1, Capacity));
        Volatile.Write(ref *header, next);
    }

    public void Dispose() => _buffer.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int* Header(int block) => (int*)_buffer.Start + ((nint)block * _strideWords);
}
