using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index;

/// <summary>
/// Rows added to a sealed index, numbered 0, 1, … in the order of adding. Each goes to the list of the sealed index that is
/// nearest to it, coded as sealed rows are, in a chain of blocks of its own: a search that visits a list goes on through its
/// chain with the same tables and the same bound, so the delta costs what its share of the rows costs.
/// <para>
/// Any number of threads add; a chain has one writer at a time. Searches take no lock: a row's place in a block estimates as
/// infinitely far until its code is written, and a block is linked to its chain when it is blank and complete.
/// </para>
/// <para>
/// Under the inner product a row longer than every sealed row has no place in the sealed geometry (see <see cref="VectorForm"/>),
/// and its list would be wrong for just those queries that want it. Such rows are few; every search measures them all.
/// </para>
/// </summary>
internal sealed unsafe class AddedRows : IDisposable
{
    private const int None = -1;
    private const int LockStripes = 64;
    private const int CacheLine = 64;

    private readonly SealedIndex _sealed;
    private readonly CodedLists _lists;
    private readonly int _dimension;
    private readonly int _blockBytes;
    private readonly GrowingRows _rows;
    private readonly GrowingRows _slots = new(sizeof(int));
    private readonly GrowingRows _blocks;
    private readonly int[] _heads;
    private readonly int[] _tails;
    private readonly int[] _sizes;
    private readonly float[] _spreads;
    private readonly double[] _spreadSums;
    private readonly UnlinkedTail _unlisted = new();
    private readonly Lock _growth = new();
    private readonly Lock[] _stripes = new Lock[LockStripes];
    private readonly ConcurrentBag<ResidualEncoder> _encoders = [];
    private int _count;
    private int _blockCount;

    public AddedRows(SealedIndex rows)
    {
        _sealed = rows;
        _lists = rows.Parts.Lists;
        _dimension = rows.Dimension;

        // Behind the codes a block has the numbers of its rows and the block that follows it.
        _blockBytes = (_lists.BlockBytes + ((NibbleScan.BlockRows + 1) * sizeof(int)) + CacheLine - 1) / CacheLine * CacheLine;
        _rows = new GrowingRows(_dimension * sizeof(float));
        _blocks = new GrowingRows(_blockBytes);
        _heads = new int[_lists.Count];
        _tails = new int[_lists.Count];
        _sizes = new int[_lists.Count];
        _spreads = new float[_lists.Count];
        _spreadSums = new double[_lists.Count];
        Array.Fill(_heads, None);
        for (var i = 0; i < LockStripes; i++) _stripes[i] = new Lock();
    }

    /// <summary>Numbers given out; the rows of the highest may still be on their way in.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes that the added rows take.</summary>
    public long Bytes => ((long)Count * ((_dimension * sizeof(float)) + sizeof(int))) + ((long)Volatile.Read(ref _blockCount) * _blockBytes)
        + ((long)_lists.Count * (4 + 4 + 4 + 4 + 8));

    /// <summary>Takes the next number for the row of a slot, and makes room for all that goes with it.</summary>
    /// <exception cref="InvalidOperationException">There are as many as there can be.</exception>
    public int Take(int slot)
    {
        lock (_growth)
        {
            if (_count == GrowingRows.MaxCount)
                throw new InvalidOperationException($"{_count:N0} rows were added, the most there can be; seal the index anew.");
            _rows.Cover(_count + 1);
            _slots.Cover(_count + 1);
            _blocks.Cover(_count + 1); // at worst every row begins a block
            *(int*)_slots[_count] = slot;
            return _count++;
        }
    }

    /// <summary>Puts the row of a number in. From then on a search that looks at its list meets it.</summary>
    /// <param name="number">From <see cref="Take"/>, once.</param>
    /// <param name="vector">A vector that has been judged.</param>
    /// <param name="kept">True if it has its unit length under cosine already, to the last bit.</param>
    public void Put(int number, ReadOnlySpan<float> vector, bool kept)
    {
        Span<float> row = new(Row(number), _dimension);
        if (_sealed.Metric == Metric.Cosine && !kept) VectorMath.Normalize(vector, row);
        else vector.CopyTo(row);
        var form = _sealed.Parts.Form;
        if (form.Metric == Metric.InnerProduct && VectorMath.NormSquaredDouble(row) > (double)form.NormLimit * form.NormLimit) _unlisted.Add(number);
        else PutIntoList(number, row);
    }

    /// <summary>The slot of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotOf(int number) => *(int*)_slots[number];

    /// <summary>A row as it is kept.</summary>
    public ReadOnlySpan<float> this[int number] => new(Row(number), _dimension);

    /// <summary>Goes through the chains of some lists; see <see cref="ListScan"/>.</summary>
    public void Scan<TFilter>(
        in SearchTask task, ReadOnlySpan<ulong> probes, in QueryTables tables, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TFilter : struct, IRowFilter
    {
        if (Count == 0) return;
        var measure = new AddedRowMeasure(task.Memory.Form, _sealed.Parts.Form);
        if (cost.Lists == 0)
        {
            foreach (ref readonly var entry in _unlisted.Entries)
                if (Volatile.Read(in entry) is var number && number != UnlinkedTail.Gone) Offer(number, measure, filter, ref nearest, ref cost);
        }

        var estimates = stackalloc float[NibbleScan.BlockRows];
        for (var p = 0; p < probes.Length; p++)
        {
            if (p + 1 < probes.Length) Prefetch(OrderedKey.Row(probes[p + 1]));
            var list = OrderedKey.Row(probes[p]);
            var distance = OrderedKey.Distance(probes[p]);
            var listBase = distance - (task.Plan.Slack * tables.Deviation(Volatile.Read(ref _spreads[list]), distance));
            for (var block = Volatile.Read(ref _heads[list]); block != None; block = Volatile.Read(ref Following(block)))
            {
                cost.Estimated += NibbleScan.BlockRows;
                var below = NibbleScan.Estimate(
                    _blocks[block], tables.Tables, _lists.Groups, tables.Step, tables.Bias, listBase, nearest.Bound, estimates,
                    next: _blocks[block]);
                for (; below != 0; below &= below - 1)
                {
                    var i = BitOperations.TrailingZeroCount(below);
                    if (estimates[i] < nearest.Bound) Offer(Members(block)[i], measure, filter, ref nearest, ref cost);
                }
            }
        }
    }

    /// <summary>Measures every added row that the filter allows.</summary>
    public void ScanAll<TFilter>(in SearchTask task, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TFilter : struct, IRowFilter
    {
        const int RowsPerCancellationCheck = 4096;
        var measure = new AddedRowMeasure(task.Memory.Form, _sealed.Parts.Form);
        var count = Count;
        for (var number = 0; number < count; number++)
        {
            if ((number & (RowsPerCancellationCheck - 1)) == 0) task.Cancel.ThrowIfCancellationRequested();
            Offer(number, measure, filter, ref nearest, ref cost);
        }
    }

    /// <summary>The numbers that a search can meet: those in chains and those that it always measures. Writers are kept out.</summary>
    /// <exception cref="InvalidDataException">A chain is broken.</exception>
    public IEnumerable<int> Listed()
    {
        for (var list = 0; list < _heads.Length; list++)
        {
            var left = _sizes[list];
            for (var block = _heads[list]; block != None; block = Following(block))
            {
                if (left <= 0 || (uint)block >= (uint)_blockCount)
                    throw new InvalidDataException($"The chain of list {list} goes on to block {block} after its {_sizes[list]} rows.");
                for (var i = 0; i < Math.Min(left, NibbleScan.BlockRows); i++) yield return MemberOf(block, i);
                left -= NibbleScan.BlockRows;
            }

            if (left > 0) throw new InvalidDataException($"The chain of list {list} ends {left} rows early.");
        }

        foreach (var number in _unlisted.Entries.ToArray())
            if (number != UnlinkedTail.Gone) yield return number;
    }

    public void Dispose()
    {
        _rows.Dispose();
        _slots.Dispose();
        _blocks.Dispose();
    }

    private void Offer<TFilter>(int number, AddedRowMeasure measure, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TFilter : struct, IRowFilter
    {
        var place = _sealed.Count + number;
        if (!filter.Allows(place)) return;
        cost.Measured++;
        nearest.Offer(OrderedKey.Of(measure.Distance(Row(number)), place));
    }

    private void PutIntoList(int number, ReadOnlySpan<float> row)
    {
        var parts = _sealed.Parts;
        var memory = _sealed.RentMemory();
        var encoder = _encoders.TryTake(out var idle) ? idle : new ResidualEncoder(_lists);
        try
        {
            parts.Form.OfRow(row, new Span<float>(memory.Form, parts.Form.Length));
            var list = _sealed.NearestList(memory, out var tailNormSquared);
            lock (_stripes[list % LockStripes]) Append(number, list, memory, tailNormSquared, encoder);
        }
        finally
        {
            _encoders.Add(encoder);
            _sealed.ReturnMemory(memory);
        }
    }

    private void Append(int number, int list, SearchMemory memory, float tailNormSquared, ResidualEncoder encoder)
    {
        var at = _sizes[list] % NibbleScan.BlockRows;
        if (at == 0)
        {
            var fresh = Interlocked.Increment(ref _blockCount) - 1;
            new Span<float>(_blocks[fresh] + (_lists.Groups * NibbleScan.GroupBytes), NibbleScan.BlockRows).Fill(float.PositiveInfinity);
            Following(fresh) = None;
            if (_sizes[list] == 0) Volatile.Write(ref _heads[list], fresh);
            else Volatile.Write(ref Following(_tails[list]), fresh);
            _tails[list] = fresh;
        }

        Members(_tails[list])[at] = number;
        fixed (float* centroids = _sealed.Parts.Centroids)
        {
            _spreadSums[list] += encoder.Quantise(memory.Projected, centroids + ((long)list * _lists.Dimension), out var factors);
            _sizes[list]++;
            Volatile.Write(ref _spreads[list], (float)(2 * Math.Sqrt(_spreadSums[list] / _sizes[list])));
            encoder.Write(_blocks[_tails[list]], at, factors, tailNormSquared);
        }
    }

    private float* Row(int number) => (float*)_rows[number];

    private int* Members(int block) => (int*)(_blocks[block] + _lists.BlockBytes);

    private int MemberOf(int block, int at) => Members(block)[at];

    private ref int Following(int block) => ref Members(block)[NibbleScan.BlockRows];

    private void Prefetch(int list)
    {
        var head = Volatile.Read(ref _heads[list]);
        if (head != None) Numerics.Prefetch.Range(_blocks[head], _blockBytes);
    }
}

/// <summary>Distances of one query to added rows, on the scale of <see cref="IRowReader"/>.</summary>
internal readonly unsafe struct AddedRowMeasure(float* query, VectorForm form)
{
    private readonly float _shift = form.Shift(new ReadOnlySpan<float>(query, form.Dimension));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Distance(float* row) => form.Metric == Metric.InnerProduct
        ? _shift - (2 * VectorMath.Dot(query, row, form.Dimension))
        : VectorMath.SquaredDistance(query, row, form.Dimension);
}
