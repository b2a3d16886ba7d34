namespace VectorSearch.Learn;

/// <summary>The baseline that a learned model must beat: the items watched most, for everyone.</summary>
public sealed class MostPopular : IRankingModel
{
    private readonly float[] _counts;

    /// <summary>Counts the training data.</summary>
    public MostPopular(InteractionDataset train) => _counts = [.. train.ItemCounts().Select(count => (float)count)];

    /// <inheritdoc/>
    public int ItemCount => _counts.Length;

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<int> users, Span<float> scores)
    {
        for (int n = 0; n < users.Length; n++) _counts.CopyTo(scores[(n * ItemCount)..]);
    }
}
