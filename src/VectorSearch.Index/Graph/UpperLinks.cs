using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>
/// The lists above level 0. A node of level l owns l consecutive blocks; only one node in M has any. Blocks given back
/// are kept by l and used again.
/// </summary>
internal sealed class UpperLinks : IDisposable
{
    private readonly Lock _allocation = new();
    private readonly Stack<int>[] _free = new Stack<int>[LevelSampler.MaxLevel + 1];
    private readonly long _maxBlocks;
    private int _next;

    internal UpperLinks(int m, int maxSlots)
    {
        // Σ over levels of 1/Mˡ is at most 1 for M ≥ 2; the constant leaves room for luck in small indexes.
        _maxBlocks = Math.Min((long)maxSlots + 1024, int.MaxValue);
        Table = new LinkTable(m, _maxBlocks);
        for (int level = 0; level < _free.Length; level++) _free[level] = new Stack<int>();
    }

    /// <summary>The blocks.</summary>
    internal LinkTable Table { get; }

    /// <summary>Bytes in use or kept for use again.</summary>
    internal long Bytes => _next * Table.BlockBytes;

    /// <summary>Takes the empty blocks of a node of this level.</summary>
    internal int Take(int level)
    {
        lock (_allocation)
        {
            if (_free[level].TryPop(out int block)) return block;
            if (_next + (long)level > _maxBlocks) throw new InvalidOperationException("The index has no room for more links above level 0.");
            block = _next;
            Table.EnsureBlocks(block + (long)level);
            _next += level;
            return block;
        }
    }

    /// <summary>Empties the blocks of a node that no list names any more, and keeps them.</summary>
    internal void GiveBack(int block, int level)
    {
        for (int i = 0; i < level; i++) Table.Replace(block + i, []);
        lock (_allocation) _free[level].Push(block);
    }

    public void Dispose() => Table.Dispose();

    /// <summary>The block of a level, from the first of its node.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int BlockOf(int firstBlock, int level) => firstBlock + level - 1;
}
