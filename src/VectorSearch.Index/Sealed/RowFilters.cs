using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Which rows may be answered. Rows go by their place; those added after the sealing follow the sealed ones. Structs, so that
/// each search loop is compiled for its own.
/// </summary>
internal interface IRowFilter
{
    bool Allows(int row);
}

/// <summary>All rows.</summary>
internal readonly struct EveryRow : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => true;
}

/// <summary>Rows whose slot is in a set.</summary>
internal readonly struct SlotFilter(SlotSet slots, int[] ids) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => slots.Contains(ids[row]);
}

/// <summary>Rows that were not removed since.</summary>
internal readonly struct LiveRow(PlaceBits live) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => live.Contains(row);
}

/// <summary>Rows that were not removed since and whose slot is in a set.</summary>
internal readonly struct LiveSlot(RowChanges changes, SlotSet slots) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => changes.Live.Contains(row) && slots.Contains(changes.SlotOf(row));
}
