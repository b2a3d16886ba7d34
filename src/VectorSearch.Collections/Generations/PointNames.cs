namespace VectorSearch.Collections;

/// <summary>Points in an error message: how many, and the first ones by name.</summary>
internal static class PointNames
{
    public static string Describe(long count, IEnumerable<PointId> ids)
    {
        PointId[] first = [.. ids.Take(Generation.NamedIds)];
        string names = string.Join(", ", first);
        return $"{count} point{(count == 1 ? "" : "s")} ({names}{(count > first.Length ? ", …" : "")})";
    }
}
