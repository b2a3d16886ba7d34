using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Ranks by a model's own question: every user's history is encoded as a query would be, and compared with every row of
/// the item table. What is measured is what is served, but for the index.
/// </summary>
public sealed unsafe class QuestionRanking : IRankingModel
{
    private readonly ModelQuestion _question;
    private readonly InteractionDataset _histories;
    private readonly float[] _packed;

    /// <summary>Prepares the item table.</summary>
    /// <param name="question">A question with inner product or cosine as its metric.</param>
    /// <param name="histories">What each user watched, by the model's item rows.</param>
    /// <exception cref="ArgumentException">The metric is another one.</exception>
    public QuestionRanking(ModelQuestion question, InteractionDataset histories)
    {
        if (question.Metric is not (Metric.InnerProduct or Metric.Cosine))
            throw new ArgumentException($"Ranking needs inner product or cosine, question '{question.Name}' has {question.Metric}.", nameof(question));
        _question = question;
        _histories = histories;
        float[] items = question.Items.ToCompact(question.Items.Rows);
        if (question.Metric == Metric.Cosine)
        {
            for (int row = 0; row < ItemCount; row++) FixedLanes.TryNormalise(items.AsSpan(row * question.Dimension, question.Dimension));
        }

        _packed = new float[Gemm.PackedLength(ItemCount, question.Dimension)];
        fixed (float* source = items, packed = _packed)
            Gemm.Pack(source, 1, question.Dimension, question.Dimension, ItemCount, packed);
    }

    /// <inheritdoc/>
    public int ItemCount => _question.Items.Rows;

    /// <inheritdoc/>
    public void Score(ReadOnlySpan<int> users, Span<float> scores)
    {
        int dimension = _question.Dimension;
        float[] queries = new float[users.Length * dimension];
        for (int n = 0; n < users.Length; n++)
        {
            Span<float> query = queries.AsSpan(n * dimension, dimension);
            if (_question.Kind == QuestionKind.UserToItem) _question.Encode(users.Slice(n, 1), default, query);
            else _question.Encode(_histories.ItemsOf(users[n]), default, query, _histories.TimesOf(users[n]));
        }

        fixed (float* a = queries, b = _packed, c = scores)
            Gemm.Multiply(a, dimension, 1, b, c, ItemCount, users.Length, dimension, ItemCount, accumulate: false);
    }
}
