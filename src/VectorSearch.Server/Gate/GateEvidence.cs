namespace VectorSearch.Server.Gate;

/// <summary>What was measured of two generations, on the same queries in the same order.</summary>
internal sealed record GateEvidence
{
    /// <summary>The k of recall@k, NDCG@k and churn.</summary>
    public required int K { get; init; }

    /// <summary>The generation that answers.</summary>
    public required GenerationEvidence Serving { get; init; }

    /// <summary>The one that shall.</summary>
    public required GenerationEvidence Candidate { get; init; }

    /// <summary>Per query that both could answer: the share of the answers that differ.</summary>
    public required IReadOnlyList<double> Churn { get; init; }

    /// <summary>Queries that callers asked of late.</summary>
    public int LiveQueries { get; init; }

    /// <summary>Points that were asked for more like them.</summary>
    public int PointQueries { get; init; }
}

/// <summary>What was measured of one generation.</summary>
internal sealed record GenerationEvidence
{
    /// <summary>Its number.</summary>
    public required ulong Number { get; init; }

    /// <summary>Points it holds.</summary>
    public required long Points { get; init; }

    /// <summary>The recall that its form looks for if a query asks for none; null where a query has a fixed effort.</summary>
    public double? AskedRecall { get; init; }

    /// <summary>Recall against exact, per query that both could answer.</summary>
    public required IReadOnlyList<double> Recall { get; init; }

    /// <summary>NDCG, per judgement that both could answer.</summary>
    public required IReadOnlyList<double> Ndcg { get; init; }

    /// <summary>Microseconds per query.</summary>
    public required IReadOnlyList<double> Micros { get; init; }

    /// <summary>Skewness of k-occurrences; null if there are too few points to tell.</summary>
    public double? Hubness { get; init; }

    /// <summary>Points that no walk can reach; null where nothing walks.</summary>
    public long? Unreachable { get; init; }
}
