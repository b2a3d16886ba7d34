namespace VectorSearch.Collections;

/// <summary>Several rankings → one, by reciprocal rank fusion; see <see cref="RankFusion"/>.</summary>
internal static class RankFuser
{
    /// <summary>The fused ranking, best first; the distance of a point is its score, negative. Of equal scores the point that an earlier ranking has first comes first.</summary>
    public static List<FoundPoint> Fuse(IReadOnlyList<List<FoundPoint>> rankings, int k)
    {
        Dictionary<PointId, (PointEntry Entry, double Score, int Seen)> scores = [];
        foreach (List<FoundPoint> ranking in rankings)
        {
            for (int rank = 1; rank <= ranking.Count; rank++)
            {
                PointEntry entry = ranking[rank - 1].Entry;
                (PointEntry Entry, double Score, int Seen) sum = scores.TryGetValue(entry.Id, out var old) ? old : (entry, 0, scores.Count);
                scores[entry.Id] = (sum.Entry, sum.Score + (1.0 / (k + rank)), sum.Seen);
            }
        }

        return [.. scores.Values.OrderByDescending(sum => sum.Score).ThenBy(sum => sum.Seen).Select(sum => new FoundPoint(sum.Entry, (float)-sum.Score))];
    }
}
