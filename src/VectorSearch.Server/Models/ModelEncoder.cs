using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Models;

/// <summary>One question of a learned model as the encoder of a collection: a history of items becomes a vector by fold-in.</summary>
/// <param name="digest">Of the model.</param>
/// <param name="question">The question.</param>
/// <param name="items">Names of the rows of its item table.</param>
internal sealed class ModelEncoder(string digest, ModelQuestion question, Vocabulary items) : IFeatureEncoder
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
        if (features is not PointFeatures.History history)
            throw new VectorSearchException(ErrorCode.InvalidArgument, "features", features.GetType().Name.ToLowerInvariant(), $"history, which is what question '{question.Name}' of model {digest} encodes");

        float[] weights = [.. history.Weights];
        for (int i = 0; i < weights.Length; i++)
        {
            if (!float.IsFinite(weights[i]) || weights[i] <= 0)
                throw new VectorSearchException(ErrorCode.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"features.history.weights[{i}]"), weights[i].ToString("R", CultureInfo.InvariantCulture), "a finite number above 0");
        }

        if (question.Encode(history.Items, weights, vector) == 0)
        {
            string items = history.Items.Count == 0 ? "no items" : string.Join(", ", history.Items.Take(3).Select(item => $"'{item}'"));
            throw new VectorSearchException(ErrorCode.InvalidArgument, "features.history.items", items, "at least one item that the model was trained on");
        }
    }
}
