using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>The forms of a query turned into what the index understands: a vector each, and points that are no answers.</summary>
internal sealed class QueryForms(CollectionDefinition definition, PointTable table, FeatureEmbedder embedder)
{
    private readonly WriteGuard _guard = new(definition);

    private int Dimension => definition.Dimension;

    /// <summary>Row-major query vectors. The caller holds a slot lease.</summary>
    /// <exception cref="VectorSearchException">A vector is wrong, a point is missing, or features cannot be encoded.</exception>
    public ReadOnlyMemory<float> Vectors(QueryBatch batch)
    {
        if (batch.Features is not null) return Checked(embedder.Embed(batch.Features, "features"), "features");
        if (batch.Histories is not null) return Checked(embedder.Embed([.. batch.Histories.Select(AsFeatures)], "histories"), "histories");
        if (batch.Examples is not null) return Checked(Means(batch.Examples), "examples");
        if (batch.Ids is not null)
        {
            float[] vectors = new float[batch.Ids.Count * Dimension];
            for (int i = 0; i < batch.Ids.Count; i++) Read(batch.Ids[i], vectors.AsSpan(i * Dimension, Dimension), "ids", i);
            return vectors;
        }

        return Checked(batch.Vectors, "vectors");
    }

    /// <summary>Points that are no answers to a row; null if all may be.</summary>
    public HashSet<PointId>? Excluded(QueryBatch batch, int row)
    {
        if (batch.Ids is not null) return [batch.Ids[row]];
        if (batch.Examples is not null) return [.. batch.Examples[row].Positive, .. batch.Examples[row].Negative];
        if (batch.Histories is not null) return [.. batch.Histories[row].Ids];
        if (!batch.ExcludeHistory || batch.Features?[row] is not PointFeatures.History history) return null;
        HashSet<PointId> excluded = [];
        foreach (string item in history.Items)
        {
            if (definition.IdKind == IdKind.Text) excluded.Add(item);
            else if (ulong.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)) excluded.Add(number);
        }

        return excluded;
    }

    private ReadOnlyMemory<float> Checked(ReadOnlyMemory<float> vectors, string field)
    {
        _guard.CheckVectors(vectors.Span, vectors.Length / Dimension, field);
        return vectors;
    }

    /// <summary>A history of points as the history of items that they are named after.</summary>
    public static PointFeatures AsFeatures(PointHistory history) => new PointFeatures.History(
        [.. history.Ids.Select(id => id.Kind == IdKind.Text ? id.Text : id.Number.ToString(CultureInfo.InvariantCulture))], history.Weights);

    private float[] Means(IReadOnlyList<QueryExamples> rows)
    {
        float[] queries = new float[rows.Count * Dimension];
        float[] one = new float[Dimension], negative = new float[Dimension];
        for (int i = 0; i < rows.Count; i++)
        {
            Span<float> query = queries.AsSpan(i * Dimension, Dimension);
            Mean(rows[i].Positive, rows[i].PositiveVectors.Span, query, one, $"examples[{i}].positive");
            if (rows[i].Negative.Count > 0 || !rows[i].NegativeVectors.IsEmpty)
            {
                Mean(rows[i].Negative, rows[i].NegativeVectors.Span, negative, one, $"examples[{i}].negative");
                VectorMath.Scale(2, query);
                VectorMath.AddScaled(-1, negative, query);
            }
        }

        return queries;
    }

    private void Mean(IReadOnlyList<PointId> ids, ReadOnlySpan<float> vectors, Span<float> mean, float[] one, string field)
    {
        mean.Clear();
        for (int i = 0; i < ids.Count; i++)
        {
            Read(ids[i], one, field, i); // of length 1 under cosine: so the index keeps it
            VectorMath.AddScaled(1, one, mean);
        }

        int rows = vectors.Length / Dimension;
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> vector = vectors.Slice(i * Dimension, Dimension);
            if (definition.Metric == Metric.Cosine) VectorMath.Normalize(vector, one);
            else vector.CopyTo(one);
            VectorMath.AddScaled(1, one, mean);
        }

        VectorMath.Scale(1f / (ids.Count + rows), mean);
    }

    private void Read(PointId id, Span<float> vector, string field, int row)
    {
        _guard.CheckId(id, $"{field}[{row}]");
        if (!table.TryGet(id, out PointEntry entry) || !table.Index.ReadVector(entry.Slot, vector))
            throw new VectorSearchException(ErrorCode.NotFound, $"{field}[{row}]: there is no point {id} in '{definition.Name}'.");
    }
}
