using System.Runtime.CompilerServices;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Index;

/// <summary>
/// What became of a sealed index since it was sealed: rows added, which rows of both are live, and where the row of each slot
/// lies. Places below the number of sealed rows are theirs, added rows follow.
/// </summary>
internal sealed class RowChanges : IDisposable
{
    private readonly Lock _growth = new();
    private readonly int[] _sealedSlots;
    private int _live;

    public RowChanges(SealedIndex rows)
    {
        _sealedSlots = rows.Parts.Ids;
        Live = new PlaceBits((long)rows.Count + GrowingRows.MaxCount);
        Live.Cover(rows.Count);
        Live.AddFirst(rows.Count);
        Places = new SlotPlaces(SealedOptions.MaxSlots);
        Places.Cover(rows.SlotBound);
        for (var place = 0; place < _sealedSlots.Length; place++) Places.Set(_sealedSlots[place], place);
        Added = new AddedRows(rows);
        _live = rows.Count;
    }

    /// <summary>The places of rows that may be answered.</summary>
    public PlaceBits Live { get; }

    /// <summary>Where the row of each slot lies, removed ones included.</summary>
    public SlotPlaces Places { get; }

    public AddedRows Added { get; }

    /// <summary>How many rows may be answered.</summary>
    public int LiveCount => Volatile.Read(ref _live);

    /// <summary>Places of both kinds.</summary>
    public int PlaceCount => _sealedSlots.Length + Added.Count;

    public long Bytes => Added.Bytes + PlaceBits.BytesFor(PlaceCount) + Places.Bytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SlotOf(int place) => place < _sealedSlots.Length ? _sealedSlots[place] : Added.SlotOf(place - _sealedSlots.Length);

    /// <summary>Takes a number for the row of a slot that holds none, in the order of the calls.</summary>
    public int Take(int slot)
    {
        lock (_growth)
        {
            // Before the number counts: a search that measures every row looks up whether it is live.
            Live.Cover(PlaceCount + 1L);
            Places.Cover(slot + 1);
            return Added.Take(slot);
        }
    }

    /// <summary>Puts the row of a number in; from then on searches find it. See <see cref="AddedRows.Put"/>.</summary>
    public void Put(int number, ReadOnlySpan<float> vector, bool kept)
    {
        Added.Put(number, vector, kept);
        var place = _sealedSlots.Length + number;
        Places.Set(Added.SlotOf(number), place);
        Live.TryAdd(place);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Takes the row of a slot out; false if it holds none.</summary>
    public bool Remove(int slot)
    {
        var place = Places[slot];
        if (place == SlotPlaces.None || !Live.TryRemove(place)) return false;
        Interlocked.Decrement(ref _live);
        return true;
    }

    public bool Contains(int slot) => Places[slot] is var place && place != SlotPlaces.None && Live.Contains(place);

    public void Dispose()
    {
        Live.Dispose();
        Places.Dispose();
        Added.Dispose();
    }
}
