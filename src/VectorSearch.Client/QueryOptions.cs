namespace VectorSearch.Client;

/// <summary>What a query wants to know.</summary>
public sealed record QueryOptions
{
    /// <summary>The server's defaults.</summary>
    public static QueryOptions Default { get; } = new();

    /// <summary>Answers per query, 1 to 10,000; 0 means 10.</summary>
    public int Limit { get; init; }

    /// <summary>Candidates kept during the walk; 0 means the collection's default.</summary>
    public int Ef { get; init; }

    /// <summary>Compare with every point instead of walking the graph.</summary>
    public bool Exact { get; init; }

    /// <summary>Give each answer's payload.</summary>
    public bool WithPayload { get; init; }

    /// <summary>Give each answer's vector.</summary>
    public bool WithVectors { get; init; }

    /// <summary>With histories: leave out the items of the history themselves.</summary>
    public bool ExcludeHistory { get; init; }

    /// <summary>For the whole call; null takes the client's.</summary>
    public TimeSpan? Timeout { get; init; }
}
