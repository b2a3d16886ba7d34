using VectorSearch.Collections;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Bridges;

/// <summary>
/// Tries the maps that a fit offers on what it has not seen, and takes the one whose queries find the most of what the same
/// queries find in the new space.
/// </summary>
internal static class BridgeChooser
{
    /// <summary>Pairs below which there is no bridge: fewer fix no map.</summary>
    public const int LeastPairs = 100;

    /// <summary>Queries that maps are compared on.</summary>
    public const int MaxTrials = 300;

    /// <summary>A map that finds less than this is none.</summary>
    public const double LeastRecall = 0.05;

    /// <summary>Answers per query: the k of recall@k.</summary>
    public const int K = 10;

    /// <summary>The best map; null if there are too few pairs or no map is worth keeping.</summary>
    /// <param name="pairs">Points with a vector of each space.</param>
    /// <param name="metric">How vectors of the new space are compared.</param>
    /// <param name="queries">
    /// Queries encoded for both spaces, where there are any: what a model makes of a query may lie where no point lies.
    /// </param>
    /// <param name="cancellation">Stops between maps.</param>
    public static BridgeMap? Choose(BridgePairs pairs, Metric metric, IReadOnlyList<(float[] Old, float[] New)> queries, CancellationToken cancellation)
    {
        (float[] old, float[] young, List<(float[] Old, float[] New)> heldOut) = Split(pairs);
        int count = old.Length / pairs.FromDimension;
        if (count < LeastPairs) return null;
        BridgeFit fit = new(pairs.From, pairs.To, old, young, count, metric);
        int points = Math.Max(MaxTrials / 2, MaxTrials - queries.Count);
        Trial[] trials =
        [
            .. heldOut.Take(points).Concat(queries.Take(MaxTrials - points)).Select(pair => Trial.Of(pair, pairs, metric)),
        ];
        BridgeMap? best = null;
        double bestRecall = LeastRecall;
        foreach (BridgeMap map in fit.Candidates(cancellation))
        {
            double recall = 0;
            foreach (Trial trial in trials)
            {
                cancellation.ThrowIfCancellationRequested();
                recall += trial.Recall(map, pairs, metric) / trials.Length;
            }

            if (recall > bestRecall) (best, bestRecall) = (map, recall);
        }

        return best;
    }

    private static (float[] Old, float[] New, List<(float[] Old, float[] New)> HeldOut) Split(BridgePairs pairs)
    {
        List<float> old = new(pairs.Count * pairs.FromDimension), young = new(pairs.Count * pairs.ToDimension);
        List<(float[] Old, float[] New)> heldOut = [];
        for (int i = 0; i < pairs.Count; i++)
        {
            ReadOnlySpan<float> from = pairs.FromRows.Span.Slice(i * pairs.FromDimension, pairs.FromDimension);
            ReadOnlySpan<float> to = pairs.ToRows.Span.Slice(i * pairs.ToDimension, pairs.ToDimension);
            if (BridgeFit.IsHeldOut(from))
            {
                heldOut.Add((from.ToArray(), to.ToArray()));
                continue;
            }

            old.AddRange(from);
            young.AddRange(to);
        }

        return ([.. old], [.. young], heldOut);
    }

    /// <summary>A query of the old space with its true answers in the new one, among the pairs' points.</summary>
    private sealed record Trial(float[] Old, HashSet<int> Truth)
    {
        public static Trial Of((float[] Old, float[] New) pair, BridgePairs pairs, Metric metric) => new(pair.Old, [.. Nearest(pair.New, pairs, metric)]);

        public double Recall(BridgeMap map, BridgePairs pairs, Metric metric)
        {
            float[] mapped = new float[map.ToDimension];
            map.Map(Old, mapped);
            return (double)Nearest(mapped, pairs, metric).Count(Truth.Contains) / Truth.Count;
        }

        private static int[] Nearest(float[] query, BridgePairs pairs, Metric metric)
        {
            float[] scores = new float[pairs.Count];
            for (int i = 0; i < pairs.Count; i++)
            {
                ReadOnlySpan<float> row = pairs.ToRows.Span.Slice(i * pairs.ToDimension, pairs.ToDimension);
                scores[i] = metric switch
                {
                    Metric.SquaredEuclidean => -VectorMath.SquaredDistance(query, row),
                    Metric.InnerProduct => VectorMath.Dot(query, row),
                    _ => VectorMath.Dot(query, row) / MathF.Sqrt(Math.Max(VectorMath.NormSquared(row), float.Epsilon)),
                };
            }

            int[] top = new int[Math.Min(K, pairs.Count)];
            int found = TopK.Select(scores, top);
            return top[..found];
        }
    }
}
