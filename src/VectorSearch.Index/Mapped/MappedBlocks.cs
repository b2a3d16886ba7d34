using System.Numerics;
using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Index;

/// <summary>
/// The blocks of a mapped sealed file, each checked before its first use: a bit a block says that it has been. Any number of
/// threads ask; two that ask for the same block at once both check it, which is harmless.
/// </summary>
internal sealed unsafe class MappedBlocks(byte* file, uint[] table)
{
    private readonly ulong[] _checked = new ulong[(table.Length + 63) / 64];
    private long _codesAt;
    private long _rowsAt;
    private int _rowBytes;
    private volatile bool _complete;

    /// <summary>True when nothing is left to check, and searches need not ask.</summary>
    public bool IsComplete => _complete;

    /// <summary>Says where codes and rows lie in the file.</summary>
    public void Describe(long codesAt, long rowsAt, int rowBytes) => (_codesAt, _rowsAt, _rowBytes) = (codesAt, rowsAt, rowBytes);

    /// <summary>Checks the blocks of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RequireRow(int row) => Require(_rowsAt + ((long)row * _rowBytes), _rowBytes);

    /// <summary>Checks the codes of some lists.</summary>
    public void RequireLists(CodedLists lists, ReadOnlySpan<ulong> keys)
    {
        if (_complete) return;
        foreach (var key in keys)
        {
            var (first, end) = (lists.BlockStarts[OrderedKey.Row(key)], lists.BlockStarts[OrderedKey.Row(key) + 1]);
            if (end > first) Require(_codesAt + ((long)first * lists.BlockBytes), (long)(end - first) * lists.BlockBytes);
        }
    }

    /// <summary>Checks whatever bytes of the file, header and table excepted.</summary>
    public void Require(long offset, long length)
    {
        var last = (int)((offset + length - 1) / SealedFile.BlockBytes) - 1;
        for (var block = (int)(offset / SealedFile.BlockBytes) - 1; block <= last; block++)
            if ((Volatile.Read(ref _checked[block >> 6]) & (1UL << (block & 63))) == 0) Check(block);
    }

    /// <summary>Checks all that is left.</summary>
    public void RequireAll(CancellationToken cancel)
    {
        for (var block = 0; block < table.Length; block++)
        {
            cancel.ThrowIfCancellationRequested();
            if ((Volatile.Read(ref _checked[block >> 6]) & (1UL << (block & 63))) == 0) Check(block);
        }

        _complete = true;
    }

    /// <summary>How many blocks have been checked.</summary>
    internal int CheckedCount => _checked.Sum(BitOperations.PopCount);

    private void Check(int block)
    {
        SealedFile.CheckBlock(new ReadOnlySpan<byte>(file + ((block + 1L) * SealedFile.BlockBytes), SealedFile.BlockBytes), block, table);
        Interlocked.Or(ref _checked[block >> 6], 1UL << (block & 63));
    }
}

/// <summary>Rows of a mapped file whose blocks may not have been checked yet.</summary>
internal readonly struct GuardedRows<TRows>(TRows rows, MappedBlocks blocks) : IRowReader
    where TRows : struct, IRowReader
{
    public float Distance(int row)
    {
        blocks.RequireRow(row);
        return rows.Distance(row);
    }

    public void Prefetch(int row) => rows.Prefetch(row);
}
