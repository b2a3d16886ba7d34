using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>A point found, and how far it is: the smaller the nearer, whatever the metric.</summary>
internal readonly record struct FoundPoint(PointEntry Entry, float Distance);

/// <summary>What is asked of the index for one query.</summary>
internal readonly record struct PointSearch(int Limit, int Ef, bool Exact, SlotSet? Filter, HashSet<PointId>? Excluded, float Farthest);

/// <summary>The index's slots → live points.</summary>
internal sealed class PointSearcher(CollectionDefinition definition, PointTable table)
{
    /// <summary>
    /// The nearest points, nearest first. The index may offer slots whose points are retired, being written, or excluded:
    /// they are left out, and when that leaves too few the search is done again for more. The caller holds a slot lease.
    /// </summary>
    /// <returns>The points, and whether the answer comes from a scan.</returns>
    public (List<FoundPoint> Found, bool Scanned) Search(ReadOnlySpan<float> query, in PointSearch asked, SearchTally tally, CancellationToken cancellation)
    {
        long wanted = (long)asked.Limit + (asked.Excluded?.Count ?? 0);
        int most = asked.Filter?.Count ?? int.MaxValue;
        while (most > 0)
        {
            Neighbor[] found = new Neighbor[Math.Min(Math.Min(wanted, most), Math.Max(1, table.Index.Count))];
            SearchRequest request = new(found.Length) { Ef = asked.Ef, Exact = asked.Exact, Filter = asked.Filter, CancellationToken = cancellation };
            SearchOutcome outcome = table.Index.Search(query, request, found);
            tally.Distances += outcome.Distances;
            tally.Hops += outcome.Hops;
            bool isEnd = outcome.Count < found.Length || found.Length >= Math.Min(most, table.Index.Count);
            List<FoundPoint> points = Points(found.AsSpan(0, outcome.Count), asked, out bool isPast);
            if (points.Count == asked.Limit || isPast || isEnd) return (points, outcome.Scanned);
            wanted = Math.Min(2 * wanted, table.Index.Count + 1L);
        }

        return ([], true);
    }

    /// <summary>The score that callers see.</summary>
    public float Score(float distance) => definition.Metric switch
    {
        Metric.Cosine => 1 - distance,
        Metric.InnerProduct => -distance,
        _ => distance,
    };

    /// <summary>The distance of the worst score that a threshold lets through; no bound for null.</summary>
    public float Farthest(float? threshold) => threshold is not { } score ? float.PositiveInfinity : definition.Metric switch
    {
        Metric.Cosine => 1 - score,
        Metric.InnerProduct => -score,
        _ => score,
    };

    private List<FoundPoint> Points(ReadOnlySpan<Neighbor> found, in PointSearch asked, out bool isPast)
    {
        isPast = false;
        List<FoundPoint> points = new(Math.Min(asked.Limit, found.Length));

        // Two versions of one point can be met only while the older one is being retired.
        HashSet<PointId>? seen = table.Maintenance.Outstanding > 0 ? [] : null;
        foreach (Neighbor neighbor in found)
        {
            if (points.Count == asked.Limit) break;
            if (neighbor.Distance > asked.Farthest)
            {
                isPast = true;
                break;
            }

            if (table.At(neighbor.Slot) is { } entry && asked.Excluded?.Contains(entry.Id) != true && seen?.Add(entry.Id) != false)
                points.Add(new FoundPoint(entry, neighbor.Distance));
        }

        return points;
    }
}
