namespace VectorSearch.Learn;

/// <summary>How a file of interactions is laid out.</summary>
public enum InteractionFormat
{
    /// <summary>Told from the first lines.</summary>
    Auto = 0,

    /// <summary>MovieLens CSV: <c>userId,movieId,rating,timestamp</c>, with or without its header.</summary>
    Csv = 1,

    /// <summary>A line an interaction: <c>user item [rating] [time]</c>, by spaces or tabs.</summary>
    Rows = 2,

    /// <summary>A line a user: <c>user item item …</c>, by spaces or tabs.</summary>
    Adjacency = 3,
}

/// <summary>What to do with an id that a given vocabulary lacks.</summary>
public enum UnknownIds
{
    /// <summary>Refuse the file, naming line and column.</summary>
    Refuse = 0,

    /// <summary>
    /// Append the id to the vocabulary. A model trained without it cannot find it, so in a test file it counts as a miss.
    /// </summary>
    Add = 1,
}

/// <summary>How to read a file of interactions.</summary>
public sealed record InteractionReadOptions
{
    /// <summary>Layout of the file.</summary>
    public InteractionFormat Format { get; init; }

    /// <summary>Users known already, such as those of the training file; null to number those of this file.</summary>
    public Vocabulary? Users { get; init; }

    /// <summary>Items known already; null to number those of this file.</summary>
    public Vocabulary? Items { get; init; }

    /// <summary>What to do with ids that <see cref="Users"/> or <see cref="Items"/> lack.</summary>
    public UnknownIds Unknown { get; init; }

    /// <summary>Drop interactions rated lower than this; null keeps all. Needs a file with ratings.</summary>
    public float? MinRating { get; init; }

    /// <summary>
    /// True where ids may be any text. Otherwise a file whose first lines have only numbers for ids must have numbers
    /// throughout, so that a damaged line does not become a film of its own.
    /// </summary>
    public bool TextIds { get; init; }
}
