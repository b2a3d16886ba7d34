using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// How well things of one kind find those of another that mean the same: all things of the other kind are ranked by cosine.
/// </summary>
/// <param name="From">The column of the queries.</param>
/// <param name="To">The column of the answers.</param>
/// <param name="Part">The part of the queries; empty for all.</param>
/// <param name="Queries">How many have a right answer.</param>
/// <param name="Gallery">How many things are ranked.</param>
/// <param name="Recall">Part of the queries with a right answer among the first 1, 5 and 10.</param>
/// <param name="Precision">Mean part of right answers among the first 10.</param>
/// <param name="MedianRank">Median over the queries of the rank of the first right answer.</param>
public sealed record RetrievalReport(
    string From, string To, string Part, int Queries, int Gallery, IReadOnlyDictionary<int, double> Recall, double Precision, double MedianRank)
{
    /// <summary>Depths of <see cref="Recall"/>.</summary>
    public static IReadOnlyList<int> Depths { get; } = [1, 5, 10];

    /// <summary>Name of the direction, such as <c>text→image</c>.</summary>
    public string Direction => $"{From}→{To}";

    /// <summary>Measures every direction between columns of a table, over all queries, and over those of each part where there are several.</summary>
    /// <param name="table">The table held out.</param>
    /// <param name="vectors">Vectors of the things of each column; a thing without one (zeros) finds nothing.</param>
    /// <param name="threads">Most threads.</param>
    public static IReadOnlyList<RetrievalReport> OfAll(JointTable table, IReadOnlyList<VectorTable> vectors, int threads = 0)
    {
        List<RetrievalReport> reports = [];
        for (int from = 0; from < table.Columns.Count; from++)
        {
            for (int to = 0; to < table.Columns.Count; to++)
            {
                if (from != to) reports.AddRange(Of(table, from, to, (a, b) => FixedLanes.Dot(vectors[from][a], vectors[to][b]), threads));
            }
        }

        return reports;
    }

    /// <summary>Measures one direction by any likeness.</summary>
    /// <param name="table">The table held out.</param>
    /// <param name="from">Column of the queries.</param>
    /// <param name="to">Column of the answers.</param>
    /// <param name="likeness">Likeness of two things.</param>
    /// <param name="threads">Most threads.</param>
    internal static IReadOnlyList<RetrievalReport> Of(JointTable table, int from, int to, Func<int, int, float> likeness, int threads)
    {
        HashSet<int>[] asking = table.GroupsOf(from), answering = table.GroupsOf(to);
        int[] gallery = [.. Enumerable.Range(0, answering.Length).Where(item => answering[item].Count > 0)];
        HashSet<int> there = [.. gallery.SelectMany(item => answering[item])];
        int[] queries = [.. Enumerable.Range(0, asking.Length).Where(item => asking[item].Overlaps(there))];
        (int Rank, double Precision)[] found = new (int, double)[queries.Length];
        DeterministicParallel.For(queries.Length, 16, threads, () => new float[gallery.Length], (first, last, scores) =>
        {
            for (int q = first; q < last; q++) found[q] = Rank(queries[q], scores);
        });
        if (queries.Length == 0) return [];
        Dictionary<int, string> partOf = [];
        for (int row = 0; row < table.Rows.Count; row++) partOf.TryAdd(table.Rows[row][from], table.PartOf[row]);
        string[] parts = [.. queries.Select(item => partOf[item]).Distinct().Order(StringComparer.Ordinal)];
        List<RetrievalReport> reports = [Summary("", [.. found])];
        if (parts.Length > 1) reports.AddRange(parts.Select(part => Summary(part, [.. found.Where((_, q) => partOf[queries[q]] == part)])));
        return reports;

        (int, double) Rank(int query, float[] scores)
        {
            for (int n = 0; n < scores.Length; n++) scores[n] = likeness(query, gallery[n]);
            int[] best = new int[Math.Min(10, gallery.Length)];
            int count = TopK.Select(scores, best);
            double precision = best.Take(count).Count(n => answering[gallery[n]].Overlaps(asking[query])) / (double)best.Length;
            float right = float.NegativeInfinity;
            for (int n = 0; n < scores.Length; n++)
            {
                if (answering[gallery[n]].Overlaps(asking[query])) right = Math.Max(right, scores[n]);
            }

            // Of equal scores the wrong ones count as before the right one: a query without a vector finds nothing.
            int before = 0;
            for (int n = 0; n < scores.Length; n++) before += scores[n] >= right && !answering[gallery[n]].Overlaps(asking[query]) ? 1 : 0;
            return (before + 1, precision);
        }

        RetrievalReport Summary(string part, (int Rank, double Precision)[] of)
        {
            int[] ranks = [.. of.Select(one => one.Rank).Order()];
            return new RetrievalReport(
                table.Columns[from].Name, table.Columns[to].Name, part, of.Length, gallery.Length, Depths.ToDictionary(k => k, k => ranks.Count(rank => rank <= k) / (double)ranks.Length),
                of.Average(one => one.Precision), (ranks[(ranks.Length - 1) / 2] + ranks[ranks.Length / 2]) / 2.0);
        }
    }
}
