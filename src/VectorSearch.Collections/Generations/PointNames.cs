namespace VectorSearch.Collections;

/// <summary>Points in an error message: how many, and the first ones by name.</summary>
internal static class PointNames
{
    public static string Describe(long count, long points, IEnumerable<PointId> ids)
    {
        PointId[] first = [.. ids.Take(Generation.NamedIds)];
        return $"{count} of {points} points ({string.Join(", ", first)}{(count > first.Length ? ", …" : "")})";
    }
}
