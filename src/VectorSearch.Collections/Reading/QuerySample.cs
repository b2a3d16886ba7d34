namespace VectorSearch.Collections;

/// <summary>
/// Vectors that callers asked for of late: what recall is measured on. The first ones are all kept, then one in
/// <see cref="Stride"/>, so that a query pays next to nothing.
/// </summary>
internal sealed class QuerySample(int dimension)
{
    /// <summary>Vectors kept.</summary>
    public const int Capacity = 256;

    private const int Stride = 16;

    private readonly float[]?[] _vectors = new float[]?[Capacity];
    private long _asked;

    /// <summary>Vectors there are.</summary>
    public int Count => (int)Math.Min(Capacity, Volatile.Read(ref _asked));

    /// <summary>Takes note of a query.</summary>
    public void Record(ReadOnlySpan<float> query)
    {
        long number = Interlocked.Increment(ref _asked) - 1;
        if (number >= Capacity && number % Stride != 0) return;
        int at = number < Capacity ? (int)number : (int)(number / Stride % Capacity);
        Volatile.Write(ref _vectors[at], query[..dimension].ToArray());
    }

    /// <summary>At most so many of them.</summary>
    public List<float[]> Take(int most)
    {
        List<float[]> taken = [];
        for (int i = 0; i < Capacity && taken.Count < most; i++)
        {
            if (Volatile.Read(ref _vectors[i]) is { } vector) taken.Add(vector);
        }

        return taken;
    }
}
