using System.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>Measures every row that a search may answer: the oracle, and the plan for few matches.</summary>
internal static unsafe class ExactRowScan
{
    /// <summary>Rows between two looks at the cancellation token.</summary>
    private const int RowsPerCancellationCheck = 4096;

    /// <summary>Matches asked for ahead of the one being measured: they lie anywhere in memory.</summary>
    private const int Ahead = 4;

    /// <summary>Matches collected before they are measured.</summary>
    private const int Enough = 64;

    public static void Run<TRows, TFilter>(
        SealedIndex index, in SearchTask task, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        var count = task.Changes?.PlaceCount ?? index.Count;
        if (task.Filter is { } slots) Matches(count, task.Changes?.Places ?? index.Places(), task, slots, rows, filter, ref nearest, ref cost);
        else All(count, task, rows, filter, ref nearest, ref cost);
    }

    private static void All<TRows, TFilter>(
        int count, in SearchTask task, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        for (var row = 0; row < count; row++)
        {
            if ((row & (RowsPerCancellationCheck - 1)) == 0) task.Cancel.ThrowIfCancellationRequested();
            if (!filter.Allows(row)) continue;
            nearest.Offer(OrderedKey.Of(rows.Distance(row), row));
            cost.Measured++;
        }
    }

    private static void Matches<TRows, TFilter>(
        int placeCount, SlotPlaces places, in SearchTask task, SlotSet slots, TRows rows, TFilter filter, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
    {
        const int WordBits = 64;
        var waiting = stackalloc int[WordBits + Enough];
        var count = 0;
        var words = slots.Words[..Math.Min(slots.Words.Length, (places.Bound + WordBits - 1) / WordBits)];
        for (var word = 0; word < words.Length; word++)
        {
            if ((word & ((RowsPerCancellationCheck / WordBits) - 1)) == 0) task.Cancel.ThrowIfCancellationRequested();
            for (var rest = words[word]; rest != 0; rest &= rest - 1)
            {
                var slot = (word * WordBits) + BitOperations.TrailingZeroCount(rest);
                var place = places[slot];
                if ((uint)place < (uint)placeCount && filter.Allows(place)) waiting[count++] = place;
            }

            if (count < Enough) continue;
            Measure(waiting, count, rows, ref nearest);
            cost.Measured += count;
            count = 0;
        }

        Measure(waiting, count, rows, ref nearest);
        cost.Measured += count;
    }

    private static void Measure<TRows>(int* places, int count, TRows rows, ref NearestHeap nearest)
        where TRows : struct, IRowReader
    {
        for (var i = 0; i < Math.Min(Ahead, count); i++) rows.Prefetch(places[i]);
        for (var i = 0; i < count; i++)
        {
            if (i + Ahead < count) rows.Prefetch(places[i + Ahead]);
            nearest.Offer(OrderedKey.Of(rows.Distance(places[i]), places[i]));
        }
    }
}
