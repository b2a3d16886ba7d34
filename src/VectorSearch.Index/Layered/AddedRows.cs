using System.Collections.Concurrent;
using System.Numerics;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index;

/// <summary>
/// Rows added to a sealed index. Each goes to the list of the sealed index that is nearest to it, coded as sealed rows are,
/// in a chain of blocks of its own: a search that visits a list goes on through its chain with the same tables and the same
/// bound, so the delta costs what its share of the rows costs.
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

    private readonly SealedIndex _sealed;
    private readonly CodedLists _lists;
    private readonly PlaceBits _live;
    private readonly int _capacity;
    private readonly int _dimension;
    private readonly NativeBuffer _rows;
    private readonly NativeBuffer _blocks;
    private readonly NativeBuffer _members;
    private readonly NativeBuffer _following;
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

    public AddedRows(SealedIndex rows, int capacity, PlaceBits live)
    {
        _sealed = rows;
        _lists = rows.Parts.Lists;
        _live = live;
        _capacity = capacity;
        _dimension = rows.Dimension;
        FirstPlace = rows.Count;

        // In the worst case every row starts a block of its own.
        _rows = new NativeBuffer((long)capacity * _dimension * sizeof(float));
        _blocks = new NativeBuffer((long)capacity * _lists.BlockBytes);
        _members = new NativeBuffer((long)capacity * NibbleScan.BlockRows * sizeof(int));
        _following = new NativeBuffer((long)capacity * sizeof(int));
        _heads = new int[_lists.Count];
        _tails = new int[_lists.Count];
        _sizes = new int[_lists.Count];
        _spreads = new float[_lists.Count];
        _spreadSums = new double[_lists.Count];
        Array.Fill(_heads, None);
        for (var i = 0; i < LockStripes; i++) _stripes[i] = new Lock();
    }

    /// <summary>The place of the first added row; the others follow.</summary>
    public int FirstPlace { get; }

    /// <summary>Rows ever added.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes that the added rows take.</summary>
    public long Bytes => ((long)Count * _dimension * sizeof(float))
        + (Volatile.Read(ref _blockCount) * (_lists.BlockBytes + ((NibbleScan.BlockRows + 1L) * sizeof(int))))
        + ((long)_lists.Count * (4 + 4 + 4 + 4 + 8));

    private float* Rows => (float*)_rows.Start;

    private int* Following => (int*)_following.Start;

    /// <summary>Adds a vector that has been judged; every search that begins later finds it.</summary>
    /// <returns>Its place.</returns>
    public int Add(ReadOnlySpan<float> vector)
    {
        var number = Take();
        Span<float> row = new(Rows + ((long)number * _dimension), _dimension);
        if (_sealed.Metric == Metric.Cosine) VectorMath.Normalize(vector, row);
        else vector.CopyTo(row);
        var form = _sealed.Parts.Form;
        if (form.Metric == Metric.InnerProduct && VectorMath.NormSquaredDouble(row) > (double)form.NormLimit * form.NormLimit) _unlisted.Add(number);
        else PutIntoList(number, row);
        _live.TryAdd(FirstPlace + number);
        return FirstPlace + number;
    }

    /// <summary>Reads a row that has been added.</summary>
    public void Read(int place, Span<float> vector) =>
        new ReadOnlySpan<float>(Rows + ((long)(place - FirstPlace) * _dimension), _dimension).CopyTo(vector);

    /// <summary>Goes through the chains of some lists; see <see cref="ListScan"/>.</summary>
    public void Scan<TFilter>(
        in SearchTask task, ReadOnlySpan<ulong> probes, in QueryTables tables, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TFilter : struct, IRowFilter
    {
        if (Count == 0) return;
        var form = task.Memory.Form;
        if (_sealed.Metric == Metric.InnerProduct)
            Scan(task, probes, tables, new FloatDotReader(form, Rows, _dimension, Shift(form)), filter, ref nearest, ref cost);
        else
            Scan(task, probes, tables, new FloatRowReader(form, Rows, _dimension), filter, ref nearest, ref cost);
    }

    /// <summary>Measures every added row that the filter allows.</summary>
    public void ScanAll<TFilter>(in SearchTask task, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TFilter : struct, IRowFilter
    {
        var form = task.Memory.Form;
        if (_sealed.Metric == Metric.InnerProduct)
            ScanAll(task, new FloatDotReader(form, Rows, _dimension, Shift(form)), filter, ref nearest, ref cost);
        else
            ScanAll(task, new FloatRowReader(form, Rows, _dimension), filter, ref nearest, ref cost);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _blocks.Dispose();
        _members.Dispose();
        _following.Dispose();
    }

    private void Scan<TRows, TFilter>(
        in SearchTask task, ReadOnlySpan<ulong> probes, in QueryTables tables, TRows rows, TFilter filter, ref NearestHeap nearest,
        ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        if (cost.Lists == 0)
        {
            foreach (ref readonly var entry in _unlisted.Entries)
                if (Volatile.Read(in entry) is var number && number != UnlinkedTail.Gone) Measure(number, rows, filter, ref nearest, ref cost);
        }

        var estimates = stackalloc float[NibbleScan.BlockRows];
        for (var p = 0; p < probes.Length; p++)
        {
            if (p + 1 < probes.Length) Prefetch(OrderedKey.Row(probes[p + 1]));
            var list = OrderedKey.Row(probes[p]);
            var distance = OrderedKey.Distance(probes[p]);
            var listBase = distance - (task.Plan.Slack * MathF.Sqrt(distance) * Volatile.Read(ref _spreads[list]));
            for (var block = Volatile.Read(ref _heads[list]); block != None; block = Volatile.Read(ref Following[block]))
            {
                cost.Estimated += NibbleScan.BlockRows;
                var below = NibbleScan.Estimate(
                    Block(block), tables.Tables, _lists.Groups, tables.Step, tables.Bias, listBase, nearest.Bound, estimates);
                for (; below != 0; below &= below - 1)
                {
                    var i = BitOperations.TrailingZeroCount(below);
                    if (estimates[i] < nearest.Bound) Measure(Members(block)[i], rows, filter, ref nearest, ref cost);
                }
            }
        }
    }

    private void ScanAll<TRows, TFilter>(in SearchTask task, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        const int RowsPerCancellationCheck = 4096;
        var count = Count;
        for (var number = 0; number < count; number++)
        {
            if ((number & (RowsPerCancellationCheck - 1)) == 0) task.Cancel.ThrowIfCancellationRequested();
            Measure(number, rows, filter, ref nearest, ref cost);
        }
    }

    private void Measure<TRows, TFilter>(int number, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        if (!filter.Allows(FirstPlace + number)) return;
        cost.Measured++;
        nearest.Offer(OrderedKey.Of(rows.Distance(number), FirstPlace + number));
    }

    /// <summary>Takes the next row number and makes room for all that goes with it.</summary>
    private int Take()
    {
        lock (_growth)
        {
            if (_count == _capacity)
                throw new InvalidOperationException($"{_capacity:N0} rows were added, the most there is room for ({nameof(LayeredOptions.MaxAdded)}); seal the index anew.");
            _rows.Commit((_count + 1L) * _dimension * sizeof(float));
            _blocks.Commit((_count + 1L) * _lists.BlockBytes);
            _members.Commit((_count + 1L) * NibbleScan.BlockRows * sizeof(int));
            _following.Commit((_count + 1L) * sizeof(int));
            return _count++;
        }
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
            new Span<float>(Block(fresh) + (_lists.Groups * NibbleScan.GroupBytes), NibbleScan.BlockRows).Fill(float.PositiveInfinity);
            Following[fresh] = None;
            if (_sizes[list] == 0) Volatile.Write(ref _heads[list], fresh);
            else Volatile.Write(ref Following[_tails[list]], fresh);
            _tails[list] = fresh;
        }

        Members(_tails[list])[at] = number;
        fixed (float* centroids = _sealed.Parts.Centroids)
        {
            _spreadSums[list] += encoder.Quantise(memory.Projected, centroids + ((long)list * _lists.Dimension), out var factors);
            _sizes[list]++;
            Volatile.Write(ref _spreads[list], (float)(2 * Math.Sqrt(_spreadSums[list] / _sizes[list])));
            encoder.Write(Block(_tails[list]), at, factors, tailNormSquared);
        }
    }

    private byte* Block(int block) => _blocks.Start + ((long)block * _lists.BlockBytes);

    private int* Members(int block) => (int*)_members.Start + ((long)block * NibbleScan.BlockRows);

    private void Prefetch(int list)
    {
        var head = Volatile.Read(ref _heads[list]);
        if (head != None) Numerics.Prefetch.Range(Block(head), _lists.BlockBytes);
    }

    private float Shift(float* form) => _sealed.Parts.Form.Shift(new ReadOnlySpan<float>(form, _dimension));
}
