using VectorSearch.Protocol.V1;

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

    /// <summary>In the place of <see cref="Ef"/>: the share of the true nearest points to find on average, up to 1; 0 asks for nothing.</summary>
    public float TargetRecall { get; init; }

    /// <summary>Which points may be answers; see <see cref="Where"/>. Null for all.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Only answers at least this near; null for all.</summary>
    public float? ScoreThreshold { get; init; }

    /// <summary>Answers by the value of a payload field; null for a plain list.</summary>
    public Grouping? Group { get; init; }

    /// <summary>Answers that are not near each other; null for the nearest.</summary>
    public Diversity? Diversify { get; init; }

    /// <summary>Questions whose answers are the candidates, in the place of the index.</summary>
    public IReadOnlyList<Prefetch> Prefetch { get; init; } = [];

    /// <summary>Only these fields of the payloads; all if empty.</summary>
    public IReadOnlyList<string> PayloadFields { get; init; } = [];

    /// <summary>Give each answer's payload.</summary>
    public bool WithPayload { get; init; }

    /// <summary>Give each answer's vector.</summary>
    public bool WithVectors { get; init; }

    /// <summary>With histories: leave out the items of the history themselves.</summary>
    public bool ExcludeHistory { get; init; }

    /// <summary>For the whole call; null takes the client's.</summary>
    public TimeSpan? Timeout { get; init; }

    internal SearchOptions Effort() => new() { Ef = (uint)Ef, Exact = Exact, TargetRecall = TargetRecall };

    internal void WriteTo(QueryRequest request)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Limit);
        ArgumentOutOfRangeException.ThrowIfNegative(Ef);
        request.Limit = (uint)Limit;
        request.Options = Effort();
        request.WithPayload = WithPayload;
        request.WithVectors = WithVectors;
        request.ExcludeHistory = ExcludeHistory;
        request.Filter = Filter;
        request.Group = Group;
        request.Diversify = Diversify;
        request.Prefetch.AddRange(Prefetch);
        request.PayloadFields.AddRange(PayloadFields);
        if (ScoreThreshold is { } threshold) request.ScoreThreshold = threshold;
    }
}
