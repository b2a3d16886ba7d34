using System.Runtime.CompilerServices;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// The inner loop of every search: lists in order of nearness are estimated from their codes, and rows whose lower bound
/// is below the k-th distance so far are measured. A list's rows are asked for when it has been estimated and measured
/// when the next one has, so that their way from memory is hidden behind that; the bound is one list late for it.
/// </summary>
internal static unsafe class ListScan
{
    /// <summary>Blocks asked for before the first list is scanned; later ones are asked for meanwhile.</summary>
    private const int FirstBlocks = 4;

    /// <summary>Blocks from which the first bound is estimated.</summary>
    private const int UnboundedBlocks = 8;

    /// <summary>Rows of a list that are measured together at least, if there are so many in its chain.</summary>
    private const int LeastRoom = 256;

    /// <summary>Room for keys that <see cref="Run"/> needs.</summary>
    /// <param name="longestList">Rows of the longest list.</param>
    public static int Room(int longestList) => 2 * (Math.Max(longestList, LeastRoom) + NibbleScan.BlockRows);

    /// <summary>Scans the lists of some keys (‖q−c‖² and list), nearest first.</summary>
    /// <param name="lists">The lists.</param>
    /// <param name="chains">What came into them since.</param>
    /// <param name="probes">The lists to visit.</param>
    /// <param name="slack">Standard deviations that a row may be nearer than estimated and still be measured.</param>
    /// <param name="tables">The query's tables.</param>
    /// <param name="rows">Measures a row.</param>
    /// <param name="filter">Which rows count.</param>
    /// <param name="found"><see cref="Room"/> keys.</param>
    /// <param name="nearest">Receives the nearest rows.</param>
    /// <param name="cost">Is added to.</param>
    public static void Run<TRows, TFilter, TChains>(
        CodedLists lists, TChains chains, ReadOnlySpan<ulong> probes, float slack, in QueryTables tables, TRows rows, TFilter filter,
        ulong* found, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
        where TFilter : struct, IRowFilter
        where TChains : struct, IListChains
    {
        if (probes.Length == 0) return;
        lists.Prefetch(OrderedKey.Row(probes[0]), FirstBlocks);
        var chain = chains.First(OrderedKey.Row(probes[0]));
        chains.Prefetch(chain);
        var room = Room(lists.LongestList) / 2;
        var fresh = found;
        var waiting = found + room;
        var waitingCount = 0;
        var bound = nearest.Bound;
        for (var p = 0; p < probes.Length; p++)
        {
            var list = OrderedKey.Row(probes[p]);
            var nextList = OrderedKey.Row(probes[Math.Min(p + 1, probes.Length - 1)]);
            var following = lists.BlockStarts[nextList];
            var centroidDistance = OrderedKey.Distance(probes[p]);
            var margin = slack * tables.Deviation(lists.Spreads[list], centroidDistance);
            var end = lists.BlockStarts[list + 1];
            var listed = lists.RowStarts[list + 1] - lists.RowStarts[list];
            cost.Estimated += listed;
            var chained = 0;
            if (chain is not null)
            {
                var added = chains.Rows(list);
                var tail = listed % NibbleScan.BlockRows;
                cost.Estimated += added;
                chained = (tail + added + NibbleScan.BlockRows - 1) / NibbleScan.BlockRows;
                if (chained > 1) chains.Prefetch(chains.Following(chain));
                if (tail > 0) end--;
            }

            int count;
            if (bound < float.PositiveInfinity)
            {
                count = lists.Scan(
                    lists.BlockStarts[list], end, lists.RowStarts[list], tables, centroidDistance - margin, bound, following, fresh);
                count = Allowed(fresh, count, filter);
            }
            else
            {
                count = ScanUnbounded(lists, list, end, following, tables, centroidDistance, margin, filter, fresh, nearest.Capacity, ref bound);
            }

            var nextChain = chains.First(nextList);
            for (var block = chain; block is not null; block = --chained > 0 ? chains.Following(block) : null)
            {
                if (count > room - NibbleScan.BlockRows)
                {
                    Measure(fresh, count, rows, ref nearest, ref cost);
                    bound = MathF.Min(bound, nearest.Bound);
                    count = 0;
                }

                var distance = centroidDistance - (slack * tables.Deviation(chains.Spread(list), centroidDistance));
                var more = chains.Scan(block, tables, distance, bound, block == chain || chained == 1 ? nextChain : chains.Following(block), fresh + count);
                count += Allowed(fresh + count, more, filter);
            }

            for (var i = 0; i < count; i++) rows.Prefetch(OrderedKey.Row(fresh[i]));
            Measure(waiting, waitingCount, rows, ref nearest, ref cost);
            if (nearest.IsFull) bound = nearest.Bound;
            var measured = waiting;
            waiting = fresh;
            waitingCount = count;
            fresh = measured;
            chain = nextChain;
        }

        Measure(waiting, waitingCount, rows, ref nearest, ref cost);
    }

    /// <summary>
    /// Scans a list while no k-th distance is known: the k-th smallest estimate of its first blocks becomes the bound.
    /// </summary>
    [SkipLocalsInit]
    private static int ScanUnbounded<TFilter>(
        CodedLists lists, int list, int end, int following, in QueryTables tables, float centroidDistance, float margin, TFilter filter,
        ulong* found, int k, ref float bound)
        where TFilter : struct, IRowFilter
    {
        var row = lists.RowStarts[list];
        var block = lists.BlockStarts[list];
        var first = Math.Min(end, block + UnboundedBlocks);
        var estimates = stackalloc float[UnboundedBlocks * NibbleScan.BlockRows];
        var places = stackalloc int[UnboundedBlocks * NibbleScan.BlockRows];
        var room = (first - block) * NibbleScan.BlockRows;
        var count = Math.Min(room, lists.RowStarts[list + 1] - row);
        lists.Estimate(block, first, tables, centroidDistance - margin, first < end ? first : following, estimates);
        if (typeof(TFilter) != typeof(EveryRow)) count = Allow(estimates, count, row, filter);
        if (count >= k) bound = ThresholdSelection.AtLeast(estimates, room, k) + margin;
        count = ThresholdSelection.AtMost(estimates, room, MathF.Min(bound, float.MaxValue), places);
        for (var i = 0; i < count; i++) found[i] = OrderedKey.Of(estimates[places[i]], row + places[i]);
        if (first == end) return count;
        var more = lists.Scan(first, end, row + room, tables, centroidDistance - margin, bound, following, found + count);
        return count + Allowed(found + count, more, filter);
    }

    /// <summary>Makes the estimates of rows that do not count infinite; says how many do.</summary>
    private static int Allow<TFilter>(float* estimates, int count, int firstRow, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        var allowed = count;
        for (var i = 0; i < count; i++)
        {
            if (filter.Allows(firstRow + i)) continue;
            estimates[i] = float.PositiveInfinity;
            allowed--;
        }

        return allowed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Allowed<TFilter>(ulong* found, int count, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        if (typeof(TFilter) == typeof(EveryRow)) return count;
        var kept = 0;
        for (var i = 0; i < count; i++)
            if (filter.Allows(OrderedKey.Row(found[i]))) found[kept++] = found[i];
        return kept;
    }

    private static void Measure<TRows>(ulong* found, int count, TRows rows, ref NearestHeap nearest, ref SearchCost cost)
        where TRows : struct, IRowReader
    {
        for (var i = 0; i < count; i++)
        {
            if (found[i] >= nearest.Limit) continue;
            var row = OrderedKey.Row(found[i]);
            cost.Measured++;
            nearest.Offer(OrderedKey.Of(rows.Distance(row), row));
        }
    }
}
