namespace VectorSearch.Index;

/// <summary>What a search asks for besides its query vector.</summary>
public readonly record struct SearchRequest
{
    /// <summary>A search for the k nearest.</summary>
    public SearchRequest(int k) => K = k;

    /// <summary>How many hits are wanted, at least 1. As many come as there are matches, at most this and the room given.</summary>
    public int K { get; init; }

    /// <summary>Beam width ef of the walk; 0 takes the index's <see cref="HnswOptions.EfSearch"/>. Below K it counts as K.</summary>
    public int Ef { get; init; }

    /// <summary>True to compare the query with every row.</summary>
    public bool Exact { get; init; }

    /// <summary>The slots that may be answered; null for all. Must not change during the search.</summary>
    public SlotSet? Filter { get; init; }

    /// <summary>Ends the search with <see cref="OperationCanceledException"/>; looked at about every 64 hops.</summary>
    public CancellationToken CancellationToken { get; init; }
}
