namespace VectorSearch.Collections;

/// <summary>Turns features into vectors of the collection's space with the collection's model.</summary>
internal sealed class FeatureEmbedder(CollectionDefinition definition, IFeatureEncoderResolver? encoders)
{
    /// <summary>Row-major vectors, one per row of features.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.FailedPrecondition"/> if the collection has no model, the server does not have it, or it
    /// speaks of another space; <see cref="ErrorCode.InvalidArgument"/> if a row cannot be embedded.
    /// </exception>
    public ReadOnlyMemory<float> Embed(IReadOnlyList<PointFeatures> rows, string field)
    {
        IFeatureEncoder encoder = Find(field);
        float[] vectors = new float[rows.Count * definition.Dimension];
        for (int i = 0; i < rows.Count; i++)
        {
            Check(rows[i], $"{field}[{i}]");
            try
            {
                encoder.Encode(rows[i], vectors.AsSpan(i * definition.Dimension, definition.Dimension));
            }
            catch (VectorSearchException e) when (e.Field is null)
            {
                throw new VectorSearchException(e.Code, $"{field}[{i}]: {e.Message}", e);
            }
        }

        return vectors;
    }

    private static void Check(PointFeatures features, string field)
    {
        (int names, int weights) = features switch
        {
            PointFeatures.History history => (history.Items.Count, history.Weights.Count),
            PointFeatures.Sparse sparse => (sparse.Names.Count, sparse.Values.Count),
            _ => (0, 0),
        };
        if (weights != 0 && weights != names) throw VectorSearchException.Invalid(field, $"{weights} weights for {names} names", "none, or one each");
    }

    private IFeatureEncoder Find(string field)
    {
        if (definition.Model.Length == 0)
        {
            throw new VectorSearchException(
                ErrorCode.FailedPrecondition, $"{field}: the collection '{definition.Name}' has no model; send vectors of its space {definition.Space}.");
        }

        IFeatureEncoder encoder = encoders?.Resolve(definition.Model, definition.Question) ?? throw new VectorSearchException(
            ErrorCode.FailedPrecondition,
            $"{field}: the server does not have the model {definition.Model} with question '{definition.Question}' of the collection '{definition.Name}'.");
        if (encoder.Space == definition.Space && encoder.Dimension == definition.Dimension) return encoder;
        throw new VectorSearchException(
            ErrorCode.FailedPrecondition,
            $"{field}: the model {definition.Model} makes {encoder.Dimension} coordinates of space {encoder.Space}, " +
            $"the collection '{definition.Name}' holds {definition.Dimension} of space {definition.Space}.");
    }
}
