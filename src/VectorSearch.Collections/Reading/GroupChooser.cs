using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Points that share a value, nearest first.</summary>
internal sealed record PointGroup(PayloadValue Value, List<FoundPoint> Points);

/// <summary>
/// The nearest groups, each with its nearest points; see <see cref="Grouping"/>. A first search meets most of them; what it
/// leaves open is asked for by itself, so that the answer is as complete as the index is, for at most two searches a group.
/// </summary>
internal sealed class GroupChooser(PointTable table)
{
    /// <summary>Candidates of the first search per answer that is wanted.</summary>
    private const int CandidatesPerAnswer = 4;

    private const int LeastCandidates = 64;

    public static int Candidates(Grouping grouping, int limit) => (int)Math.Max(LeastCandidates, Math.Min((long)limit * grouping.Size * CandidatesPerAnswer, int.MaxValue));

    /// <summary>Groups what is there and looks for no more: candidates of prefetches.</summary>
    public List<PointGroup> Choose(List<FoundPoint> candidates, Grouping grouping, int limit)
    {
        table.Payloads.Require([grouping.Field]);
        List<PointGroup> groups = [];
        Add(groups, candidates, grouping, limit);
        return groups;
    }

    /// <summary>Groups the nearest points of the index.</summary>
    /// <param name="search">The nearest points within a set of slots; null for the query's own filter.</param>
    /// <param name="filter">Slots that may be answers; null for all.</param>
    /// <param name="grouping">By what, and how many of each.</param>
    /// <param name="limit">Groups wanted.</param>
    public List<PointGroup> Choose(Func<int, SlotSet?, List<FoundPoint>> search, SlotSet? filter, Grouping grouping, int limit)
    {
        table.Payloads.Require([grouping.Field]);
        int wanted = Candidates(grouping, limit);
        List<FoundPoint> candidates = search(wanted, null);
        List<PointGroup> groups = [];
        Add(groups, candidates, grouping, limit);
        if (candidates.Count < wanted) return groups; // that was all there is
        AddMissing(groups, search, filter, grouping, limit);
        for (int i = 0; i < groups.Count; i++)
        {
            if (groups[i].Points.Count < grouping.Size) groups[i] = groups[i] with { Points = search(grouping.Size, SlotsOf(grouping.Field, groups[i].Value, filter)) };
        }

        groups.RemoveAll(group => group.Points.Count == 0); // deleted meanwhile
        return groups;
    }

    private void Add(List<PointGroup> groups, List<FoundPoint> candidates, Grouping grouping, int limit)
    {
        Dictionary<PayloadValue, PointGroup> byValue = groups.ToDictionary(group => group.Value);
        table.Payloads.Read(columns =>
        {
            FieldColumn column = columns[grouping.Field];
            foreach (FoundPoint point in candidates)
            {
                if (ValueOf(column, point.Entry.Slot) is not { } value) continue;
                if (!byValue.TryGetValue(value, out PointGroup? group))
                {
                    if (groups.Count == limit) continue;
                    byValue[value] = group = new PointGroup(value, []);
                    groups.Add(group);
                }

                if (group.Points.Count < grouping.Size) group.Points.Add(point);
            }

            return 0;
        });
    }

    /// <summary>The next group is that of the nearest point whose value was not met.</summary>
    private void AddMissing(List<PointGroup> groups, Func<int, SlotSet?, List<FoundPoint>> search, SlotSet? filter, Grouping grouping, int limit)
    {
        if (groups.Count == limit) return;
        SlotSet rest = Eligible(grouping.Field, filter);
        foreach (PointGroup group in groups) Remove(rest, SlotsOf(grouping.Field, group.Value, rest));
        while (groups.Count < limit && rest.Count > 0)
        {
            int before = groups.Count;
            List<FoundPoint> next = search(1, rest);
            Add(groups, next, grouping, limit);
            if (groups.Count == before) return;
            Remove(rest, SlotsOf(grouping.Field, groups[^1].Value, rest));
        }
    }

    private SlotSet Eligible(string field, SlotSet? filter) => table.Payloads.Read(columns =>
    {
        SlotSet slots = new(table.Index.SlotCount);
        FieldColumn column = columns[field];
        foreach (int slot in filter?.Slots() ?? Enumerable.Range(0, table.Index.SlotCount))
        {
            if (ValueOf(column, slot) is not null && table.At(slot) is not null) slots.Add(slot);
        }

        return slots;
    });

    private SlotSet SlotsOf(string field, PayloadValue value, SlotSet? filter) => table.Payloads.Read(columns =>
    {
        SlotSet slots = new();
        foreach (int slot in columns[field].SlotsOf(value))
        {
            if ((filter is null || filter.Contains(slot)) && ValueOf(columns[field], slot) is not null) slots.Add(slot);
        }

        return slots;
    });

    private static void Remove(SlotSet from, SlotSet what)
    {
        foreach (int slot in what.Slots()) from.Remove(slot);
    }

    private static PayloadValue? ValueOf(FieldColumn column, int slot) =>
        column[slot] is { Kind: not (PayloadKind.Null or PayloadKind.List) } value ? PayloadOrder.Canonical(value) : null;
}
