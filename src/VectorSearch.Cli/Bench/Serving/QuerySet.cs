using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>Queries with their true answers, judged by id.</summary>
internal sealed class QuerySet : IDisposable
{
    private readonly HashSet<int>[] _truth;

    private QuerySet(RowMatrix<float> vectors, HashSet<int>[] truth, int k) => (Vectors, _truth, K) = (vectors, truth, k);

    /// <summary>One query a row.</summary>
    public RowMatrix<float> Vectors { get; }

    /// <summary>Answers wanted.</summary>
    public int K { get; }

    /// <summary>Queries.</summary>
    public int Count => Vectors.Rows;

    /// <summary>Reads both files.</summary>
    /// <exception cref="ArgumentException">They do not fit each other.</exception>
    public static QuerySet Open(string queries, string truth, int k)
    {
        RowMatrix<float> vectors = VectorFile.ReadFloats(queries);
        using RowMatrix<int> answers = VectorFile.ReadInts(truth);
        if (answers.Rows != vectors.Rows) throw new ArgumentException($"--truth has {answers.Rows} rows; expected {vectors.Rows}, one for each query.");
        if (answers.Dimension < k) throw new ArgumentException($"--truth has {answers.Dimension} ids a query; expected at least {k}.");
        return new QuerySet(vectors, [.. Enumerable.Range(0, vectors.Rows).Select(q => answers[q][..k].ToArray().ToHashSet())], k);
    }

    /// <summary>True if the row is among the k nearest of the query.</summary>
    public bool IsRight(int query, int row) => _truth[query].Contains(row);

    /// <inheritdoc/>
    public void Dispose() => Vectors.Dispose();
}
