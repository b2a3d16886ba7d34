using System.Numerics;
using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index;

/// <summary>
/// The codes of added rows: a chain of blocks for each list of a sealed index. The first block of a chain begins with a copy of
/// the list's last block if that has free places, and takes its place in a search; a delta of some percent then adds hardly a
/// block to what a search estimates, where chains of their own would add one, mostly blank, to every list.
/// <para>
/// A chain has one writer at a time. Searches take no lock: a row's place in a block estimates as infinitely far until its code
/// is written, and a block is linked to its chain when it is complete.
/// </para>
/// </summary>
internal sealed unsafe class ListChains : IDisposable
{
    private const int LockStripes = 64;
    private const int CacheLine = 64;

    private readonly SealedIndex _sealed;
    private readonly CodedLists _lists;
    private readonly int _blockBytes;
    private readonly GrowingRows _blocks;
    private readonly Head[] _heads;
    private readonly End[] _ends;
    private readonly Lock[] _stripes = new Lock[LockStripes];
    private int _blockCount;

    public ListChains(SealedIndex rows)
    {
        _sealed = rows;
        _lists = rows.Parts.Lists;

        // Behind the codes a block has the places of its rows and the block that follows it.
        _blockBytes = (_lists.BlockBytes + (NibbleScan.BlockRows * sizeof(int)) + sizeof(nint) + CacheLine - 1) / CacheLine * CacheLine;
        _blocks = new GrowingRows(_blockBytes);
        _heads = new Head[_lists.Count];
        _ends = new End[_lists.Count];
        for (var i = 0; i < LockStripes; i++) _stripes[i] = new Lock();
    }

    /// <summary>Bytes that the chains take.</summary>
    public long Bytes => ((long)Volatile.Read(ref _blockCount) * _blockBytes) + ((long)_lists.Count * (sizeof(Head) + sizeof(End)));

    /// <summary>Makes room for so many rows; one thread at a time.</summary>
    public void Cover(int rows) => _blocks.Cover(rows); // at worst every row begins a block

    /// <summary>Puts a row into the chain of its list. From then on a search that visits the list meets it.</summary>
    /// <param name="place">The row's, behind the sealed ones.</param>
    /// <param name="list">The list that is nearest to it.</param>
    /// <param name="projected">The rotated row.</param>
    /// <param name="tailNormSquared">Squared length of what the rotation leaves out of the row.</param>
    /// <param name="encoder">Nobody else's meanwhile.</param>
    public void Append(int place, int list, float* projected, float tailNormSquared, ResidualEncoder encoder)
    {
        lock (_stripes[list % LockStripes])
        {
            CodeFactors factors;
            ref var head = ref _heads[list];
            ref var end = ref _ends[list];
            var copied = end.Last is null ? TailRows(list) : 0;
            var at = (end.Filled + copied) % NibbleScan.BlockRows;
            var begins = end.Last is null || at == 0;
            var block = begins ? Begin(list, copied) : end.Last;
            fixed (float* centroids = _sealed.Parts.Centroids)
                end.SpreadSum += encoder.Quantise(projected, centroids + ((long)list * _lists.Dimension), out factors);
            end.Filled += copied + 1;
            head.Rows++;
            head.Spread = Math.Max(_lists.Spreads[list], (float)(2 * Math.Sqrt(end.SpreadSum / head.Rows)));
            Members(block)[at] = place;
            encoder.Write(block, at, factors, tailNormSquared);
            if (!begins) return;
            if (end.Last is null) Volatile.Write(ref head.First, (nint)block);
            else Volatile.Write(ref Next(end.Last), (nint)block);
            end.Last = block;
        }
    }

    /// <inheritdoc cref="IListChains.First"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* First(int list) => (byte*)Volatile.Read(ref _heads[list].First);

    /// <inheritdoc cref="IListChains.Following"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Following(byte* block) => (byte*)Volatile.Read(ref Next(block));

    /// <inheritdoc cref="IListChains.Spread"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Spread(int list) => _heads[list].Spread;

    /// <inheritdoc cref="IListChains.Rows"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rows(int list) => _heads[list].Rows;

    /// <inheritdoc cref="IListChains.Prefetch"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(byte* block)
    {
        if (block is not null) Numerics.Prefetch.Range(block, _blockBytes);
    }

    /// <inheritdoc cref="IListChains.Scan"/>
    [SkipLocalsInit]
    public int Scan(byte* block, in QueryTables query, float listBase, float threshold, byte* next, ulong* found)
    {
        if (next is null) next = block;
        var estimates = stackalloc float[NibbleScan.BlockRows];
        Numerics.Prefetch.Range(next + _lists.BlockBytes, NibbleScan.BlockRows * sizeof(int));
        var below = NibbleScan.Estimate(block, query.Tables, _lists.Groups, query.Step, query.Bias, listBase, threshold, estimates, next);
        var count = 0;
        for (; below != 0; below &= below - 1)
        {
            var i = BitOperations.TrailingZeroCount(below);
            found[count++] = OrderedKey.Of(estimates[i], Members(block)[i]);
        }

        return count;
    }

    /// <summary>The places of added rows that a search can meet in chains. Writers are kept out.</summary>
    /// <exception cref="InvalidDataException">A chain is broken.</exception>
    public IEnumerable<int> Places()
    {
        for (var list = 0; list < _heads.Length; list++)
        {
            foreach (var place in PlacesOf(list)) yield return place;
        }
    }

    public void Dispose() => _blocks.Dispose();

    private List<int> PlacesOf(int list)
    {
        var places = new List<int>();
        var copied = TailRows(list);
        var rows = _ends[list].Filled;
        var seen = 0;
        for (var block = First(list); block is not null; block = Following(block))
        {
            if (seen >= rows) throw new InvalidDataException($"The chain of list {list} goes on after its {rows} rows.");
            for (var i = 0; i < NibbleScan.BlockRows && seen < rows; i++, seen++)
            {
                var place = Members(block)[i];
                if (seen >= copied) places.Add(place);
                else if (place != _lists.RowStarts[list + 1] - copied + seen)
                    throw new InvalidDataException($"The chain of list {list} has place {place} where the list has {_lists.RowStarts[list + 1] - copied + seen}.");
            }
        }

        if (seen < rows) throw new InvalidDataException($"The chain of list {list} ends {rows - seen} rows early.");
        return places;
    }

    /// <summary>Rows of a list's last block if that has free places.</summary>
    private int TailRows(int list) => (_lists.RowStarts[list + 1] - _lists.RowStarts[list]) % NibbleScan.BlockRows;

    /// <summary>A new block: blank, or with a copy of the list's last block.</summary>
    private byte* Begin(int list, int copied)
    {
        var block = _blocks[Interlocked.Increment(ref _blockCount) - 1];
        if (copied == 0)
        {
            new Span<float>(block + (_lists.Groups * NibbleScan.GroupBytes), NibbleScan.BlockRows).Fill(float.PositiveInfinity);
            return block;
        }

        _sealed.Parts.Guard?.RequireLists(_lists, [OrderedKey.Of(0, list)]);
        Buffer.MemoryCopy(_lists.Blocks + ((_lists.BlockStarts[list + 1] - 1L) * _lists.BlockBytes), block, _blockBytes, _lists.BlockBytes);
        for (var i = 0; i < copied; i++) Members(block)[i] = _lists.RowStarts[list + 1] - copied + i;
        return block;
    }

    private int* Members(byte* block) => (int*)(block + _lists.BlockBytes);

    private ref nint Next(byte* block) => ref *(nint*)(Members(block) + NibbleScan.BlockRows);

    /// <summary>What searches need of a chain.</summary>
    private struct Head
    {
        public nint First;
        public float Spread;
        public int Rows;
    }

    /// <summary>What its writer needs.</summary>
    private struct End
    {
        public byte* Last;
        public int Filled;
        public double SpreadSum;
    }
}

/// <summary>The chains of added rows, for the search loops.</summary>
internal readonly unsafe struct AddedChains(ListChains chains) : IListChains
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* First(int list) => chains.First(list);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Following(byte* block) => chains.Following(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Spread(int list) => chains.Spread(list);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rows(int list) => chains.Rows(list);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(byte* block) => chains.Prefetch(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Scan(byte* block, in QueryTables query, float listBase, float threshold, byte* next, ulong* found) =>
        chains.Scan(block, query, listBase, threshold, next, found);
}
