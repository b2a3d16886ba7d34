using System.Globalization;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Filters as they come in messages. What a condition may say is checked by the collection.</summary>
internal static class FilterMessages
{
    /// <summary>Messages nest no deeper than this; the collection allows less.</summary>
    private const int MaxDepth = 16;

    /// <summary>Reads a filter; null for none.</summary>
    /// <exception cref="VectorSearchException">A condition has no kind, or a value or an id is wrong.</exception>
    public static PayloadFilter? Read(Proto.Filter? filter, IdKind ids, string field = "filter") => filter is null ? null : Read(filter, ids, field, 0);

    private static PayloadFilter Read(Proto.Filter filter, IdKind ids, string field, int depth)
    {
        if (depth > MaxDepth) throw Invalid(field, "a deeper filter", "fewer filters within filters");
        return new PayloadFilter
        {
            Must = Conditions(filter.Must, "must"),
            Should = Conditions(filter.Should, "should"),
            MustNot = Conditions(filter.MustNot, "must_not"),
        };

        PayloadCondition[] Conditions(IReadOnlyList<Proto.Condition> group, string name)
        {
            PayloadCondition[] read = new PayloadCondition[group.Count];
            for (int i = 0; i < read.Length; i++) read[i] = Read(group[i], ids, string.Create(CultureInfo.InvariantCulture, $"{field}.{name}[{i}]"), depth);
            return read;
        }
    }

    private static PayloadCondition Read(Proto.Condition condition, IdKind ids, string field, int depth)
    {
        switch (condition.KindCase)
        {
            case Proto.Condition.KindOneofCase.Match:
                return new PayloadCondition.Match(Name(condition.Match.Field), [.. condition.Match.AnyOf.Select(value => PayloadMessages.Read(value, $"{field}.match.any_of"))]);
            case Proto.Condition.KindOneofCase.Words:
                return new PayloadCondition.MatchWords(Name(condition.Words.Field), [.. condition.Words.Words]);
            case Proto.Condition.KindOneofCase.Range:
                return Range(condition.Range);
            case Proto.Condition.KindOneofCase.GeoRadius:
                Proto.GeoRadius geo = condition.GeoRadius;
                if (geo.Center is null) throw Invalid($"{field}.geo_radius.center", "nothing", "a place on Earth");
                return new PayloadCondition.GeoRadius(Name(geo.Field), new GeoPoint(geo.Center.Latitude, geo.Center.Longitude), geo.Meters);
            case Proto.Condition.KindOneofCase.IsEmpty:
                return new PayloadCondition.IsEmpty(Name(condition.IsEmpty.Field));
            case Proto.Condition.KindOneofCase.HasId:
                return new PayloadCondition.HasId(IdColumns.Read(condition.HasId.Ids, ids, $"{field}.has_id.ids"));
            case Proto.Condition.KindOneofCase.Filter:
                return new PayloadCondition.Nested(Read(condition.Filter, ids, field, depth + 1));
            default:
                throw Invalid(field, "a condition without a kind", "one of match, words, range, geo_radius, is_empty, has_id, filter");
        }

        string Name(string name) => name.Length > 0 ? name : throw Invalid($"{field}.field", "nothing", "the name of a payload field");

        PayloadCondition Range(Proto.ValueRange range)
        {
            if (range.Gt is not null && range.Gte is not null) throw Invalid($"{field}.range.gt", "gt and gte", "one of the two");
            if (range.Lt is not null && range.Lte is not null) throw Invalid($"{field}.range.lt", "lt and lte", "one of the two");
            return new PayloadCondition.Range(Name(range.Field))
            {
                From = Bound(range.Gt ?? range.Gte, range.Gt is null ? "gte" : "gt"),
                IsFromExclusive = range.Gt is not null,
                To = Bound(range.Lt ?? range.Lte, range.Lt is null ? "lte" : "lt"),
                IsToExclusive = range.Lt is not null,
            };
        }

        PayloadValue? Bound(Proto.Value? value, string name) => value is null ? null : PayloadMessages.Read(value, $"{field}.range.{name}");
    }

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
