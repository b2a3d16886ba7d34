namespace VectorSearch.Collections;

/// <summary>What a generation is for now. The numbers are part of the file formats.</summary>
public enum GenerationState
{
    /// <summary>Its points are being embedded and indexed; a restart begins that anew.</summary>
    Building = 1,

    /// <summary>It is complete and durable, takes every write, and is being warmed and judged.</summary>
    Warming = 2,

    /// <summary>It was judged good enough to be tried: it takes every write and answers its share of the queries.</summary>
    Canary = 3,

    /// <summary>The one that answers.</summary>
    Serving = 4,

    /// <summary>It served before, takes every write still, and can serve again at once.</summary>
    Retained = 5,

    /// <summary>It served or could have, and its data is gone; what it was and its documents remain.</summary>
    Retired = 6,

    /// <summary>It was judged not good enough, and its data is gone; what it was and its documents remain.</summary>
    Refused = 7,
}
