using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>What a question is asked with.</summary>
public enum QuestionKind
{
    /// <summary>One item, or several, asks for items like it.</summary>
    ItemToItem = 1,

    /// <summary>What someone watched asks for items for them.</summary>
    HistoryToItem = 2,

    /// <summary>A user trained on asks for items for them; rows and ids to encode are those of users.</summary>
    UserToItem = 3,

    /// <summary>What is known of an item asks for items like it; rows and ids to encode are those of features.</summary>
    FeaturesToItem = 4,
}

/// <summary>
/// One question that a model answers: the encoder of the query, the table of items to compare it with, and the metric.
/// Each question has a space of its own, and a collection holds vectors of one question.
/// </summary>
public sealed class ModelQuestion
{
    private readonly Vocabulary _queryVocabulary;

    internal ModelQuestion(
        string name, QuestionKind kind, Metric metric, string normalisation, string tableName, VectorTable items, int trainedRows,
        Vocabulary vocabulary, HistoryEncoder encoder, Vocabulary? queryVocabulary = null)
    {
        Name = name;
        Kind = kind;
        Metric = metric;
        Normalisation = normalisation;
        TableName = tableName;
        Items = items;
        TrainedRows = trainedRows;
        Vocabulary = vocabulary;
        _queryVocabulary = queryVocabulary ?? vocabulary;
        Encoder = encoder;
        Space = SpaceOf();
    }

    /// <summary>Its name, such as <c>similar</c> or <c>history</c>.</summary>
    public string Name { get; }

    /// <summary>What it is asked with.</summary>
    public QuestionKind Kind { get; }

    /// <summary>The space of its vectors: query and items.</summary>
    public SpaceId Space { get; }

    /// <summary>Coordinates of its vectors.</summary>
    public int Dimension => Items.Dimension;

    /// <summary>How a query is compared with an item.</summary>
    public Metric Metric { get; }

    /// <summary>What is done to a vector before it is compared: <c>none</c> or <c>unit-l2</c>.</summary>
    public string Normalisation { get; }

    /// <summary>One vector an item, in the order of the model's item vocabulary. A zero row has no training data behind it.</summary>
    public VectorTable Items { get; }

    /// <summary>Makes the query.</summary>
    public HistoryEncoder Encoder { get; }

    /// <summary>Ids of the items, by row of <see cref="Items"/>.</summary>
    internal Vocabulary Vocabulary { get; }

    /// <summary>Name of the item table in the model file.</summary>
    internal string TableName { get; }

    /// <summary>Rows of the item table that training made; rows after them were folded in.</summary>
    internal int TrainedRows { get; }

    /// <summary>Encodes a query from item rows; see <see cref="HistoryEncoder.Encode"/>.</summary>
    public void Encode(ReadOnlySpan<int> items, ReadOnlySpan<float> weights, Span<float> vector, ReadOnlySpan<long> times = default) =>
        Encoder.Encode(items, weights, vector, times);

    /// <summary>Encodes a query from item ids; ids that the model does not know are left out.</summary>
    /// <param name="ids">Ids of the items.</param>
    /// <param name="weights">A weight above 0 for each; empty for 1 each.</param>
    /// <param name="vector">Receives the query.</param>
    /// <returns>How many ids were known. With 0 the vector is zero, and no answer can be given.</returns>
    public int Encode(IReadOnlyList<string> ids, ReadOnlySpan<float> weights, Span<float> vector)
    {
        if (weights.Length != 0 && weights.Length != ids.Count)
            throw new ArgumentException($"{ids.Count} items came with {weights.Length} weights: expected as many, or none.", nameof(weights));
        List<int> rows = [];
        List<float> kept = [];
        for (int n = 0; n < ids.Count; n++)
        {
            if (!_queryVocabulary.TryGetRow(ids[n], out int row) || rows.Contains(row)) continue;
            rows.Add(row);
            if (weights.Length != 0) kept.Add(weights[n]);
        }

        Encoder.Encode(CollectionsMarshal.AsSpan(rows), CollectionsMarshal.AsSpan(kept), vector);
        return rows.Count;
    }

    private SpaceId SpaceOf()
    {
        using SpaceDigest digest = new(Encoder.Kind, TableName, Dimension, Metric, Normalisation);
        digest.Add("vocabulary", [.. Vocabulary.Ids.Take(TrainedRows)]);
        foreach ((string name, double value) in Encoder.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal)) digest.Add("parameter." + name, value);
        foreach ((string role, VectorTable table) in Encoder.Tables.Append(new("answers", Items)).OrderBy(t => t.Key, StringComparer.Ordinal))
            digest.Add("weights." + role, table.ToCompact(role is "items" or "answers" ? TrainedRows : table.Rows));
        return digest.ToSpaceId();
    }
}
