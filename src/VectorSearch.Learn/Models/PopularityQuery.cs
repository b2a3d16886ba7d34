using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Popularity as one more dimension of an inner product. A film is [v/‖v‖, c log n], n its watches and c a weight, and a query
/// what another encoder makes of it, brought to unit length, and a 1: query · film = cos + c log n.
/// </summary>
internal sealed class PopularityQuery(HistoryEncoder inner) : HistoryEncoder
{
    /// <summary>Ends the kind of an encoder that this one stands around.</summary>
    public const string Suffix = "+popularity/1";

    /// <summary>Name of the table of films as they are compared with such a query.</summary>
    public const string TableName = "answers";

    public override string Kind => inner.Kind + Suffix;

    public override int Dimension => inner.Dimension + 1;

    internal override IReadOnlyDictionary<string, double> Parameters => inner.Parameters;

    internal override IReadOnlyDictionary<string, VectorTable> Tables => inner.Tables;

    private protected override int ItemRows => int.MaxValue; // the inner encoder checks

    /// <summary>The films with their popularity.</summary>
    /// <param name="films">Unit vectors; a row of zeros stays one.</param>
    /// <param name="counts">Watches of each.</param>
    /// <param name="weight">c.</param>
    public static VectorTable Answers(VectorTable films, int[] counts, double weight)
    {
        VectorTable answers = new(films.Rows, films.Dimension + 1);
        for (int row = 0; row < films.Rows; row++)
        {
            if (films.IsZero(row)) continue;
            films[row].CopyTo(answers.Writable(row));
            answers.Writable(row)[^1] = (float)weight * VectorFunctions.Log(counts[row]);
        }

        return answers;
    }

    /// <summary>A question whose films have their popularity beside them, or with weight 0 do not; keeps its table among the others.</summary>
    public static ModelQuestion Question(
        string name, QuestionKind kind, Dictionary<string, VectorTable> tables, VectorTable films, int[] counts, double weight, Vocabulary vocabulary,
        HistoryEncoder encoder, Vocabulary? queryVocabulary = null)
    {
        if (weight == 0) return new(name, kind, Metric.Cosine, "none", "items", films, films.Rows, vocabulary, encoder, queryVocabulary);
        if (!tables.TryGetValue(TableName, out VectorTable? answers)) tables.Add(TableName, answers = Answers(films, counts, weight));
        return new(name, kind, Metric.InnerProduct, "none", TableName, answers, answers.Rows, vocabulary, new PopularityQuery(encoder), queryVocabulary);
    }

    private protected override void EncodeValid(ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, ReadOnlySpan<long> times, Span<float> vector)
    {
        inner.Encode(rows, weights, vector[..^1], times);
        if (FixedLanes.TryNormalise(vector[..^1])) vector[^1] = 1;
    }
}
