namespace VectorSearch.Collections;

/// <summary>Checks a filter before it is used.</summary>
internal static class FilterGuard
{
    private const int MaxDepth = 8;

    /// <exception cref="VectorSearchException"><see cref="ErrorCode.InvalidArgument"/>, naming the condition.</exception>
    public static void Check(PayloadFilter filter, WriteGuard ids, string path = "filter")
    {
        int conditions = 0;
        Check(filter, path, 0, ids, ref conditions);
        if (!CollectionLimits.FilterConditions.Allows(conditions))
            throw VectorSearchException.Invalid(path, $"{conditions} conditions", $"{CollectionLimits.FilterConditions} conditions");
    }

    private static void Check(PayloadFilter filter, string path, int depth, WriteGuard ids, ref int conditions)
    {
        if (depth > MaxDepth) throw VectorSearchException.Invalid(path, "a deeper filter", $"filters within filters up to {MaxDepth} deep");
        foreach ((string group, IReadOnlyList<PayloadCondition> members) in new[] { ("must", filter.Must), ("should", filter.Should), ("must_not", filter.MustNot) })
        {
            for (int i = 0; i < members.Count; i++)
            {
                conditions++;
                string at = $"{path}.{group}[{i}]";
                if (members[i] is PayloadCondition.Nested nested) Check(nested.Filter, at, depth + 1, ids, ref conditions);
                else Check(members[i], at, ids);
            }
        }
    }

    private static void Check(PayloadCondition condition, string at, WriteGuard ids)
    {
        switch (condition)
        {
            case PayloadCondition.Match { AnyOf.Count: 0 }:
                throw VectorSearchException.Invalid($"{at}.any_of", "no value", "at least one");
            case PayloadCondition.MatchWords words when words.Words.Count == 0 || words.Words.Any(word => word.Length == 0):
                throw VectorSearchException.Invalid($"{at}.words", "no word or an empty one", "at least one letter or digit each");
            case PayloadCondition.Range { From: null, To: null }:
                throw VectorSearchException.Invalid(at, "a range without bounds", "from, to or both");
            case PayloadCondition.Range { From: { } from, To: { } to } when PayloadOrder.Compare(from, to) is null:
                throw VectorSearchException.Invalid(at, $"bounds {from} and {to}", "two numbers, two moments or two texts");
            case PayloadCondition.GeoRadius geo when !geo.Centre.IsValid || geo.Metres is not (>= 0 and < double.PositiveInfinity):
                throw VectorSearchException.Invalid(at, $"{geo.Metres} m around {PayloadValue.From(geo.Centre)}", "a place on Earth and a radius of at least 0 m");
            case PayloadCondition.HasId hasId:
                ids.CheckIds(hasId.Ids, $"{at}.has_id");
                break;
        }
    }
}
