using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>
/// Filter → set of slots. The smallest group of slots that the filter implies is enumerated (the slots of a matched value,
/// given ids, or all), and the rest of the filter is asked of each. The caller holds a slot lease, so that no slot means
/// another point before the search is over.
/// </summary>
internal sealed class FilterEvaluator(PointTable table, PayloadIndexes indexes)
{
    /// <summary>The slots that may be answered. A few may belong to points deleted meanwhile.</summary>
    public SlotSet Evaluate(PayloadFilter filter)
    {
        indexes.Require(Fields(filter).Distinct());
        return indexes.Read(columns =>
        {
            SlotSet slots = new(table.Index.SlotCount);
            foreach (int slot in Narrowest(filter, columns) ?? Enumerable.Range(0, table.Index.SlotCount))
            {
                if (table.At(slot) is { } entry && Holds(filter, entry, columns)) slots.Add(slot);
            }

            return slots;
        });
    }

    private static IEnumerable<string> Fields(PayloadFilter filter) => filter.Must.Concat(filter.Should).Concat(filter.MustNot).SelectMany(condition => condition switch
    {
        PayloadCondition.Match match => [match.Field],
        PayloadCondition.MatchWords words => [words.Field],
        PayloadCondition.Range range => [range.Field],
        PayloadCondition.GeoRadius geo => [geo.Field],
        PayloadCondition.IsEmpty empty => [empty.Field],
        PayloadCondition.Nested nested => Fields(nested.Filter),
        _ => Enumerable.Empty<string>(),
    });

    /// <summary>The smallest group that holds every match; null if only all points do.</summary>
    private IReadOnlyCollection<int>? Narrowest(PayloadFilter filter, IReadOnlyDictionary<string, FieldColumn> columns)
    {
        IReadOnlyCollection<int>? best = null;
        foreach (PayloadCondition condition in filter.Must)
        {
            if (Group(condition, columns) is { } group && (best is null || group.Count < best.Count)) best = group;
        }

        if (filter.Should.Count == 0) return best;
        HashSet<int> any = [];
        foreach (PayloadCondition condition in filter.Should)
        {
            if (Group(condition, columns) is not { } group) return best;
            any.UnionWith(group);
        }

        return best is null || any.Count < best.Count ? any : best;
    }

    private IReadOnlyCollection<int>? Group(PayloadCondition condition, IReadOnlyDictionary<string, FieldColumn> columns)
    {
        switch (condition)
        {
            case PayloadCondition.Match { AnyOf: [PayloadValue only] } match:
                return columns[match.Field].SlotsOf(only);
            case PayloadCondition.Match match:
                HashSet<int> slots = [];
                foreach (PayloadValue value in match.AnyOf) slots.UnionWith(columns[match.Field].SlotsOf(value));
                return slots;
            case PayloadCondition.HasId hasId:
                List<int> named = [];
                foreach (PointId id in hasId.Ids)
                {
                    if (table.TryGet(id, out PointEntry entry)) named.Add(entry.Slot);
                }

                return named;
            case PayloadCondition.Nested nested:
                return Narrowest(nested.Filter, columns);
            default:
                return null;
        }
    }

    private static bool Holds(PayloadFilter filter, PointEntry entry, IReadOnlyDictionary<string, FieldColumn> columns)
    {
        foreach (PayloadCondition condition in filter.Must)
        {
            if (!Holds(condition, entry, columns)) return false;
        }

        foreach (PayloadCondition condition in filter.MustNot)
        {
            if (Holds(condition, entry, columns)) return false;
        }

        if (filter.Should.Count == 0) return true;
        foreach (PayloadCondition condition in filter.Should)
        {
            if (Holds(condition, entry, columns)) return true;
        }

        return false;
    }

    private static bool Holds(PayloadCondition condition, PointEntry entry, IReadOnlyDictionary<string, FieldColumn> columns) => condition switch
    {
        PayloadCondition.Match match => Any(columns[match.Field][entry.Slot], value => match.AnyOf.Any(wanted => AreEqual(value, wanted))),
        PayloadCondition.MatchWords words => Any(columns[words.Field][entry.Slot], value => HasWords(value, words.Words)),
        PayloadCondition.Range range => Any(columns[range.Field][entry.Slot], value => IsWithin(value, range)),
        PayloadCondition.GeoRadius geo => Any(
            columns[geo.Field][entry.Slot], value => value.Kind == PayloadKind.Geo && value.AsGeo.DistanceTo(geo.Centre) <= geo.Metres),
        PayloadCondition.IsEmpty empty => columns[empty.Field][entry.Slot] is null or { Kind: PayloadKind.Null } or { Kind: PayloadKind.List, AsList.Count: 0 },
        PayloadCondition.HasId hasId => hasId.Ids.Contains(entry.Id),
        PayloadCondition.Nested nested => Holds(nested.Filter, entry, columns),
        _ => throw new InvalidOperationException($"There is no evaluation of {condition.GetType().Name}."),
    };

    private static bool Any(PayloadValue? value, Func<PayloadValue, bool> holds)
    {
        if (value is not { } present) return false;
        return present.Kind == PayloadKind.List ? present.AsList.Any(item => Any(item, holds)) : holds(present);
    }

    private static bool AreEqual(PayloadValue x, PayloadValue y) => PayloadOrder.Canonical(x) == PayloadOrder.Canonical(y);

    private static bool IsWithin(PayloadValue value, PayloadCondition.Range range)
    {
        if (range.From is { } from && (PayloadOrder.Compare(value, from) is not { } above || above < 0 || (above == 0 && range.IsFromExclusive))) return false;
        return range.To is not { } to || (PayloadOrder.Compare(value, to) is { } below && below <= 0 && (below < 0 || !range.IsToExclusive));
    }

    private static bool HasWords(PayloadValue value, IReadOnlyList<string> words)
    {
        if (value.Kind != PayloadKind.Text) return false;
        string text = value.AsText;
        foreach (string word in words)
        {
            if (!HasWord(text, word)) return false;
        }

        return true;
    }

    private static bool HasWord(string text, string word)
    {
        for (int at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            bool startsWord = at == 0 || !char.IsLetterOrDigit(text[at - 1]);
            bool endsWord = at + word.Length == text.Length || !char.IsLetterOrDigit(text[at + word.Length]);
            if (startsWord && endsWord) return true;
        }

        return false;
    }
}
