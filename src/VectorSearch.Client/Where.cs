using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// Filters in few words: <c>Where.All(Where.Is("genre", "drama"), Where.Between("year", 1990, 1999))</c>. Values are those
/// of payloads. The messages of <c>protos/vectorsearch/v1/filters.proto</c> say what each condition means.
/// </summary>
public static class Where
{
    /// <summary>All of these hold.</summary>
    public static Filter All(params IEnumerable<Condition> conditions) => new() { Must = { conditions } };

    /// <summary>At least one of these holds.</summary>
    public static Filter Any(params IEnumerable<Condition> conditions) => new() { Should = { conditions } };

    /// <summary>None of these holds.</summary>
    public static Filter None(params IEnumerable<Condition> conditions) => new() { MustNot = { conditions } };

    /// <summary>A filter as a condition of another.</summary>
    public static Condition Nested(Filter filter) => new() { Filter = filter };

    /// <summary>The field has one of these values.</summary>
    public static Condition Is(string field, params IEnumerable<object?> anyOf) => new() { Match = new Match { Field = field, AnyOf = { anyOf.Select(value => PayloadFields.Write(value, field)) } } };

    /// <summary>The text contains all of these words, whatever their case.</summary>
    public static Condition HasWords(string field, params IEnumerable<string> words) => new() { Words = new MatchWords { Field = field, Words = { words } } };

    /// <summary>The field lies within these bounds, both included; null for no bound.</summary>
    public static Condition Between(string field, object? from, object? to) => new()
    {
        Range = new ValueRange { Field = field, Gte = from is null ? null : PayloadFields.Write(from, field), Lte = to is null ? null : PayloadFields.Write(to, field) },
    };

    /// <summary>The place lies within so many metres of another.</summary>
    public static Condition Near(string field, GeoPoint center, double meters) => new()
    {
        GeoRadius = new GeoRadius { Field = field, Center = new Protocol.V1.GeoPoint { Latitude = center.Latitude, Longitude = center.Longitude }, Meters = meters },
    };

    /// <summary>The field is missing, null or an empty list.</summary>
    public static Condition IsEmpty(string field) => new() { IsEmpty = new IsEmpty { Field = field } };

    /// <summary>The point is one of these.</summary>
    public static Condition HasId(PointIds ids) => new() { HasId = new HasId { Ids = ids.Write(..) } };
}
