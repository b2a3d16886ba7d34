namespace VectorSearch.Learn;

/// <summary>Anything that scores all items for a user. Called from several threads at once.</summary>
public interface IRankingModel
{
    /// <summary>Items it scores: rows 0…count−1 of the vocabulary.</summary>
    int ItemCount { get; }

    /// <summary>Scores all items for each of a batch of users.</summary>
    /// <param name="users">Rows of the users.</param>
    /// <param name="scores">Receives users × items scores, row-major; greater is better.</param>
    void Score(ReadOnlySpan<int> users, Span<float> scores);
}
