using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// How a metric becomes a squared Euclidean distance, which is all that lists and codes know. Cosine compares unit
/// vectors, ‖q−x‖² = 2(1 − cos). For the inner product each row gets one coordinate more, √(M² − ‖x‖²), and the query a
/// zero, so that ‖q−x‖² = ‖q‖² + M² − 2·q·x (Bachrach et al., "Speeding up the Xbox recommender system using a Euclidean
/// transformation for inner-product spaces", RecSys 2014, theorem 1).
/// </summary>
internal readonly record struct VectorForm(Metric Metric, int Dimension, float NormLimit)
{
    /// <summary>Coordinates of the lengthened vector.</summary>
    public int Length => Metric == Metric.InnerProduct ? Dimension + 1 : Dimension;

    /// <summary>Writes a row in the form that lists and codes are made from. Cosine rows come normalised.</summary>
    public void OfRow(ReadOnlySpan<float> row, Span<float> form)
    {
        row.CopyTo(form);
        if (Metric != Metric.InnerProduct) return;
        var rest = ((double)NormLimit * NormLimit) - VectorMath.NormSquaredDouble(row);
        form[Dimension] = (float)Math.Sqrt(Math.Max(0, rest));
    }

    /// <summary>Writes a query in the same form.</summary>
    public void OfQuery(ReadOnlySpan<float> query, Span<float> form)
    {
        if (Metric == Metric.Cosine) VectorMath.Normalize(query, form);
        else query.CopyTo(form);
        if (Metric == Metric.InnerProduct) form[Dimension] = 0;
    }

    /// <summary>What is added to −2·q·x under the inner product.</summary>
    public float Shift(ReadOnlySpan<float> query) =>
        Metric == Metric.InnerProduct ? (float)(VectorMath.NormSquaredDouble(query) + ((double)NormLimit * NormLimit)) : 0;

    /// <summary>The distance a caller sees, from the squared one.</summary>
    public float ToDistance(float squared, float shift) => Metric switch
    {
        Metric.SquaredEuclidean => squared,
        Metric.Cosine => squared / 2,
        _ => (squared - shift) / 2,
    };
}
