using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Counts the values of a field over the points of a filter, by the field's column.</summary>
internal sealed class FacetCounter(PointTable table, FilterEvaluator filters, Numerics.SpaceId space)
{
    public FacetResult Count(FacetQuery query, ulong lsn)
    {
        SlotSet? matches = query.Filter is null ? null : filters.Evaluate(query.Filter);
        table.Payloads.Require([query.Field]);
        Dictionary<PayloadValue, long> counts = table.Payloads.Read(columns => Count(columns[query.Field], matches));
        return new FacetResult(
            [.. counts.OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key, Comparer<PayloadValue>.Create(PayloadOrder.CompareAny))
                .Take(query.Limit)
                .Select(pair => new FacetCount(pair.Key, pair.Value))],
            counts.Count,
            lsn,
            table.Generation,
            space);
    }

    private Dictionary<PayloadValue, long> Count(FieldColumn column, SlotSet? matches)
    {
        Dictionary<PayloadValue, long> counts = [];
        HashSet<PayloadValue> ofPoint = [];
        for (int slot = 0; slot < table.SlotBound; slot++)
        {
            if (table.At(slot) is null || (matches is not null && !matches.Contains(slot)) || column[slot] is not { } value) continue;
            ofPoint.Clear();
            FieldColumn.Each(value, item => ofPoint.Add(item));
            foreach (PayloadValue item in ofPoint) counts[item] = counts.GetValueOrDefault(item) + 1;
        }

        return counts;
    }
}
