namespace VectorSearch.Collections;

/// <summary>What a collection can do now.</summary>
public enum CollectionState
{
    /// <summary>Reading its snapshot and log; nothing is answered yet.</summary>
    Recovering = 1,

    /// <summary>Reads and writes.</summary>
    Serving = 2,

    /// <summary>Reads; writes are refused until the cause is gone.</summary>
    ReadOnly = 3,

    /// <summary>Nothing is answered: a file is damaged.</summary>
    Damaged = 4,
}
