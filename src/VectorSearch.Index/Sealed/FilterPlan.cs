using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// How a search goes about: visit lists and pass over rows outside the filter, or measure every match. With a filter of
/// selectivity s about 1/s times the lists hold as many matches, so the visit costs estimated rows / s, and the scan
/// costs the matches; the cheaper is taken.
/// </summary>
internal readonly record struct FilterPlan(bool Scan, int Probes, float Slack)
{
    /// <summary>Rows that are estimated from codes in the time one row is fetched and measured.</summary>
    private const double EstimatesAMeasure = 12;

    public static FilterPlan For(in SealedRequest request, EffortLevel level, SealedIndex index)
    {
        if (request.Exact) return new FilterPlan(true, 0, 0);
        if (request.Filter is not { } filter) return new FilterPlan(false, level.Probes, level.Slack);
        var matches = Math.Min(filter.Count, index.Count);
        if (matches == 0) return new FilterPlan(true, 0, 0);
        var widened = Math.Min(index.Lists, (double)level.Probes * index.Count / matches);
        var estimates = widened / index.Lists * index.Count;
        return new FilterPlan(matches * EstimatesAMeasure <= estimates, (int)Math.Ceiling(widened), level.Slack);
    }
}

/// <summary>Rows whose number is in a set.</summary>
internal readonly struct SlotFilter(SlotSet slots, int[] ids) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int row) => slots.Contains(ids[row]);
}
