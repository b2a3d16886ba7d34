using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Rows added to a sealed index, numbered 0, 1, … in the order of adding; their places follow those of the sealed rows. Each goes
/// to the list of the sealed index that is nearest to it, coded as sealed rows are, in that list's chain (<see cref="ListChains"/>):
/// a search that visits a list goes on through its chain with the same tables and the same bound, so the delta costs what its
/// share of the rows costs. Any number of threads add.
/// <para>
/// Under the inner product a row longer than every sealed row has no place in the sealed geometry (see <see cref="VectorForm"/>),
/// and its list would be wrong for just those queries that want it. Such rows are few; every search measures them all. Over sealed
/// rows of which there are none there are no lists either: searches measure every row, and adding one is a copy.
/// </para>
/// </summary>
internal sealed unsafe class AddedRows : IDisposable
{
    private readonly SealedIndex _sealed;
    private readonly int _dimension;
    private readonly bool _hasLists;
    private readonly GrowingRows _rows;
    private readonly GrowingRows _slots = new(sizeof(int));
    private readonly UnlinkedTail _unlisted = new();
    private readonly ConcurrentBag<ResidualEncoder> _encoders = [];
    private int _count;

    public AddedRows(SealedIndex rows)
    {
        _sealed = rows;
        _dimension = rows.Dimension;
        _hasLists = rows.Count > 0;
        _rows = new GrowingRows(_dimension * sizeof(float));
        Chains = new ListChains(rows);
    }

    /// <summary>Where searches meet the rows.</summary>
    public ListChains Chains { get; }

    /// <summary>Numbers given out; the rows of the highest may still be on their way in.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes that the added rows take.</summary>
    public long Bytes => ((long)Count * ((_dimension * sizeof(float)) + sizeof(int))) + Chains.Bytes;

    /// <summary>Takes the next number for the row of a slot, and makes room for all that goes with it; one thread at a time.</summary>
    /// <exception cref="InvalidOperationException">There are as many as there can be.</exception>
    public int Take(int slot)
    {
        if (_count == GrowingRows.MaxCount)
            throw new InvalidOperationException($"{_count:N0} rows were added, the most there can be; seal the index anew.");
        _rows.Cover(_count + 1);
        _slots.Cover(_count + 1);
        if (_hasLists) Chains.Cover(_count + 1);
        *(int*)_slots[_count] = slot;
        Volatile.Write(ref _count, _count + 1);
        return _count - 1;
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
        if (!_hasLists) return;
        var form = _sealed.Parts.Form;
        if (form.Metric == Metric.InnerProduct && VectorMath.NormSquaredDouble(row) > (double)form.NormLimit * form.NormLimit) _unlisted.Add(number);
        else PutIntoList(number, row);
    }

    /// <summary>The slot of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotOf(int number) => *(int*)_slots[number];

    /// <summary>A row as it is kept.</summary>
    public ReadOnlySpan<float> this[int number] => new(Row(number), _dimension);

    /// <summary>Where a row lies; it never moves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int number) => (float*)_rows[number];

    /// <summary>Measures the rows that are in no list.</summary>
    public void ScanUnlisted<TRows, TFilter>(TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        foreach (ref readonly var entry in _unlisted.Entries)
        {
            var number = Volatile.Read(in entry);
            var place = _sealed.Count + number;
            if (number == UnlinkedTail.Gone || !filter.Allows(place)) continue;
            cost.Measured++;
            nearest.Offer(OrderedKey.Of(rows.Distance(place), place));
        }
    }

    /// <summary>The numbers that a search can meet: those in chains and those that it always measures; all without lists. Writers are kept out.</summary>
    /// <exception cref="InvalidDataException">A chain is broken.</exception>
    public IEnumerable<int> Listed() => !_hasLists
        ? Enumerable.Range(0, Count)
        : Chains.Places().Select(place => place - _sealed.Count).Concat(_unlisted.Entries.ToArray().Where(number => number != UnlinkedTail.Gone));

    public void Dispose()
    {
        _rows.Dispose();
        _slots.Dispose();
        Chains.Dispose();
    }

    private void PutIntoList(int number, ReadOnlySpan<float> row)
    {
        var parts = _sealed.Parts;
        var memory = _sealed.RentMemory();
        var encoder = _encoders.TryTake(out var idle) ? idle : new ResidualEncoder(parts.Lists);
        try
        {
            parts.Form.OfRow(row, new Span<float>(memory.Form, parts.Form.Length));
            var list = _sealed.NearestList(memory, out var tailNormSquared);
            Chains.Append(_sealed.Count + number, list, memory.Projected, tailNormSquared, encoder);
        }
        finally
        {
            _encoders.Add(encoder);
            _sealed.ReturnMemory(memory);
        }
    }
}
