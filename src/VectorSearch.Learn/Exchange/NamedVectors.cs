namespace VectorSearch.Learn;

/// <summary>Vectors with an id each: what embeddings are when they travel between programs.</summary>
public sealed class NamedVectors
{
    /// <summary>Puts ids and vectors together.</summary>
    /// <exception cref="ArgumentException">Their numbers differ, or an id is empty.</exception>
    public NamedVectors(IReadOnlyList<string> ids, VectorTable vectors)
    {
        if (ids.Count != vectors.Rows) throw new ArgumentException($"{ids.Count} ids came with {vectors.Rows} vectors.", nameof(ids));
        for (int row = 0; row < ids.Count; row++)
        {
            if (ids[row].Length == 0) throw new ArgumentException($"The id of row {row} is empty.", nameof(ids));
        }

        Ids = ids;
        Vectors = vectors;
    }

    /// <summary>The ids by row.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>The vectors by row.</summary>
    public VectorTable Vectors { get; }

    /// <summary>The items of a model's question, those without training data left out: they have no place yet.</summary>
    public static NamedVectors Of(LearnedModel model, ModelQuestion question)
    {
        int[] rows = [.. Enumerable.Range(0, question.Items.Rows).Where(row => !question.Items.IsZero(row))];
        VectorTable vectors = new(rows.Length, question.Dimension);
        for (int n = 0; n < rows.Length; n++) question.Items[rows[n]].CopyTo(vectors.Writable(n));
        return new NamedVectors([.. rows.Select(row => model.Items[row])], vectors);
    }
}
