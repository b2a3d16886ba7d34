using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Measures recall: queries of late, and points of the collection where there are too few, answered with a beam and by comparing with every point.</summary>
internal sealed class RecallEstimator(CollectionDefinition definition, PointTable table, PointSearcher searcher, QuerySample sample)
{
    /// <summary>Distances this close count as equal: two orders of summing the same row.</summary>
    private const float Tie = 1e-5f;

    /// <summary>A query with its true answers.</summary>
    public sealed record Judged(float[] Query, HashSet<PointId>? Excluded, List<FoundPoint> Truth);

    /// <summary>Draws queries and answers them exactly. The caller holds a slot lease.</summary>
    /// <returns>The queries, live ones first, and how many are live.</returns>
    public (List<Judged> Queries, int Live) Draw(int samples, int limit, SlotSet? filter, CancellationToken cancellation)
    {
        SearchTally ignored = new();
        List<(float[] Vector, HashSet<PointId>? Excluded)> drawn = [.. sample.Take(samples).Select(asked => (asked.Vector, (HashSet<PointId>?)null))];
        int live = drawn.Count;
        foreach (PointEntry entry in Spread(samples - live))
        {
            float[] vector = new float[definition.Dimension];
            if (table.Index.ReadVector(entry.Slot, vector)) drawn.Add((vector, [entry.Id]));
        }

        List<Judged> judged = new(drawn.Count);
        foreach ((float[] vector, HashSet<PointId>? excluded) in drawn)
        {
            PointSearch exact = new(limit, 0, Exact: true, filter, excluded, float.PositiveInfinity);
            judged.Add(new Judged(vector, excluded, searcher.Search(vector, exact, ignored, cancellation).Found));
        }

        return (judged, live);
    }

    /// <summary>Recall of each query with this beam.</summary>
    public double[] Measure(IReadOnlyList<Judged> queries, int limit, int ef, bool exact, SlotSet? filter, SearchTally tally, CancellationToken cancellation)
    {
        double[] recalls = new double[queries.Count];
        for (int i = 0; i < recalls.Length; i++)
        {
            PointSearch search = new(limit, ef, exact, filter, queries[i].Excluded, float.PositiveInfinity);
            recalls[i] = Recall(searcher.Search(queries[i].Query, search, tally, cancellation).Found, queries[i].Truth);
        }

        return recalls;
    }

    /// <summary>Share of the true answers that were found; an answer as near as the last true one is as good.</summary>
    public static double Recall(List<FoundPoint> found, List<FoundPoint> truth)
    {
        if (truth.Count == 0) return 1;
        float farthest = truth[^1].Distance;
        float bound = farthest + (Tie * Math.Max(1, Math.Abs(farthest)));
        return (double)Math.Min(truth.Count, found.Count(point => point.Distance <= bound)) / truth.Count;
    }

    /// <summary>Points of slots that lie evenly, from a place that differs each time.</summary>
    private IEnumerable<PointEntry> Spread(int wanted)
    {
        int slots = table.Index.SlotCount;
        if (wanted <= 0 || slots == 0) yield break;
        int first = Random.Shared.Next(slots);
        double step = Math.Max(1, (double)slots / wanted);
        int met = 0;
        for (double at = 0; at < slots && met < wanted; at += step)
        {
            if (table.At((int)((first + (long)at) % slots)) is not { } entry) continue;
            met++;
            yield return entry;
        }
    }
}
