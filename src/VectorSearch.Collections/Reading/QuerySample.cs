namespace VectorSearch.Collections;

/// <summary>A query as it is remembered.</summary>
/// <param name="Vector">What was compared with the points.</param>
/// <param name="Features">What it was encoded from; null if it was not.</param>
/// <param name="Id">The point that it asked for the like of; null if it did not.</param>
/// <param name="Limit">Answers wanted.</param>
internal sealed record SampledQuery(float[] Vector, PointFeatures? Features, PointId? Id, int Limit);

/// <summary>
/// Queries that callers asked of late: what recall is measured on, and what a new generation is asked before it serves. The
/// first ones are all kept, then one in <see cref="Stride"/>, so that a query pays next to nothing.
/// </summary>
internal sealed class QuerySample
{
    /// <summary>Queries kept.</summary>
    public const int Capacity = 256;

    private const int Stride = 16;

    private readonly SampledQuery?[] _queries = new SampledQuery?[Capacity];
    private long _asked;

    /// <summary>Queries there are.</summary>
    public int Count => (int)Math.Min(Capacity, Volatile.Read(ref _asked));

    /// <summary>Takes note of a row of a batch.</summary>
    public void Record(QueryBatch batch, int row, ReadOnlySpan<float> vector)
    {
        long number = Interlocked.Increment(ref _asked) - 1;
        if (number >= Capacity && number % Stride != 0) return;
        int at = number < Capacity ? (int)number : (int)(number / Stride % Capacity);
        PointFeatures? features = batch.Features?[row] ?? (batch.Histories is { } histories ? QueryForms.AsFeatures(histories[row]) : null);
        Volatile.Write(ref _queries[at], new SampledQuery(vector.ToArray(), features, batch.Ids?[row], batch.Limit));
    }

    /// <summary>At most so many of them.</summary>
    public List<SampledQuery> Take(int most)
    {
        List<SampledQuery> taken = [];
        for (int i = 0; i < Capacity && taken.Count < most; i++)
        {
            if (Volatile.Read(ref _queries[i]) is { } query) taken.Add(query);
        }

        return taken;
    }
}
