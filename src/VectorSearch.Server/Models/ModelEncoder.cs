using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Models;

/// <summary>
/// One question of a learned model as the encoder of a collection: a history of items becomes a vector by fold-in, and what is
/// known of an item (sparse features) becomes the vector of the item, where the model can place new ones.
/// </summary>
/// <param name="digest">Of the model.</param>
/// <param name="question">The question.</param>
/// <param name="items">Names of the rows of its item table.</param>
/// <param name="placing">The model's question of features, which places items; null where it has none, or where it places them among others.</param>
internal sealed class ModelEncoder(string digest, ModelQuestion question, Vocabulary items, ModelQuestion? placing) : IFeatureEncoder
{
    /// <inheritdoc/>
    public string Model => digest;

    /// <inheritdoc/>
    public string Question => question.Name;

    /// <inheritdoc/>
    public SpaceId Space => question.Space;

    /// <inheritdoc/>
    public int Dimension => question.Dimension;

    /// <inheritdoc/>
    public Metric Metric => question.Metric;

    /// <inheritdoc/>
    public bool TryReadItem(string item, Span<float> vector)
    {
        if (!items.TryGetRow(item, out int row) || question.Items.IsZero(row)) return false;
        question.Items[row].CopyTo(vector);
        return true;
    }

    /// <inheritdoc/>
    public void Encode(PointFeatures features, Span<float> vector)
    {
        switch (features)
        {
            case PointFeatures.History history when question.Kind != QuestionKind.FeaturesToItem:
                Encode(question, history.Items, history.Weights, vector, "features.history.items", "features.history.weights");
                break;
            case PointFeatures.Sparse item when placing is not null:
                Encode(placing, item.Names, item.Values, vector, "features.sparse.names", "features.sparse.values");
                break;
            default:
                string expected = question.Kind == QuestionKind.FeaturesToItem ? "sparse" : placing is null ? "history" : "history or sparse";
                throw new VectorSearchException(
                    ErrorCode.InvalidArgument, "features", features.GetType().Name.ToLowerInvariant(), $"{expected}, which is what question '{question.Name}' of model {digest} encodes");
        }
    }

    private static void Encode(ModelQuestion by, IReadOnlyList<string> names, IReadOnlyList<float> values, Span<float> vector, string namesField, string valuesField)
    {
        const int Shown = 3;
        float[] weights = [.. values];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]) || weights[i] <= 0)
                throw new VectorSearchException(ErrorCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"{valuesField}[{i}]"), weights[i].ToString("R", CultureInfo.InvariantCulture), "a finite number above 0");
        }

        if (by.Encode(names, weights, vector) > 0) return;
        string came = names.Count == 0 ? "none" : string.Join(", ", names.Take(Shown).Select(name => $"'{name}'"));
        throw new VectorSearchException(ErrorCode.InvalidArgument, namesField, came, "at least one that the model was trained on");
    }
}
