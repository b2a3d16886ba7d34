namespace VectorSearch.Index.Sealed;

/// <summary>What a search of a <see cref="SealedIndex"/> asks for besides its query vector.</summary>
public readonly record struct SealedRequest
{
    /// <summary>A search for the k nearest.</summary>
    public SealedRequest(int k) => K = k;

    /// <summary>How many hits are wanted, at least 1.</summary>
    public int K { get; init; }

    /// <summary>The recall wanted, above 0 and up to 1; the least calibrated effort that assures it is taken. 0 leaves it to <see cref="Effort"/>.</summary>
    public double TargetRecall { get; init; }

    /// <summary>A level of <see cref="SealedIndex.Efforts"/>, from 1; 0 takes the one for <see cref="SealedIndex.DefaultRecall"/>.</summary>
    public int Effort { get; init; }

    /// <summary>True to compare the query with every row.</summary>
    public bool Exact { get; init; }

    /// <summary>The rows that may be answered; null for all. Must not change during the search.</summary>
    public SlotSet? Filter { get; init; }

    /// <summary>Ends the search with <see cref="OperationCanceledException"/>; looked at before each search and now and then during long ones.</summary>
    public CancellationToken CancellationToken { get; init; }
}

/// <summary>One level of effort: how much of an index a search looks at, and what came of it when the index was built.</summary>
/// <param name="Probes">Lists visited at least.</param>
/// <param name="Slack">Standard deviations that a row may be nearer than estimated and still be measured.</param>
/// <param name="Recall">Recall@10 on the calibration queries, less its standard error.</param>
/// <param name="Assured">The same, or recall@10 for points between rows if that is less: what a search for a recall goes by.</param>
/// <param name="Cost">What it costs, in units that only compare with each other.</param>
/// <param name="Reach">
/// How separate from the query, in terms of the k-th distance, the first list left out must be: the greater, the more lists
/// are visited beyond <paramref name="Probes"/> for a hard query.
/// </param>
public readonly record struct EffortLevel(int Probes, float Slack, float Recall, float Assured, float Cost, float Reach);
