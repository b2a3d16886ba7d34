using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Maximal marginal relevance over candidates; see <see cref="Diversity"/>.</summary>
internal sealed class DiversityChooser(CollectionDefinition definition, PointTable table)
{
    /// <summary>Candidates per answer wanted when the request says nothing.</summary>
    private const int CandidatesPerAnswer = 4;

    /// <summary>How many candidates to choose from.</summary>
    public static int Candidates(Diversity diversity, int limit) =>
        Math.Max(limit, diversity.Candidates == 0 ? (int)Math.Min((long)limit * CandidatesPerAnswer, CollectionLimits.DiversityCandidates.Max) : diversity.Candidates);

    /// <summary>
    /// The chosen candidates in the order in which they were taken. One step costs a comparison for each candidate that is
    /// left: with what was taken last, for what was taken before is remembered.
    /// </summary>
    public List<FoundPoint> Choose(List<FoundPoint> candidates, float strength, int limit, CancellationToken cancellation)
    {
        int dimension = definition.Dimension;
        float[] vectors = new float[candidates.Count * dimension];
        bool[] isOut = new bool[candidates.Count];
        for (int i = 0; i < candidates.Count; i++)
            isOut[i] = !table.Index.ReadVector(candidates[i].Entry.Slot, vectors.AsSpan(i * dimension, dimension)); // deleted meanwhile

        float[] nearest = new float[candidates.Count];
        Array.Fill(nearest, float.NegativeInfinity);
        List<FoundPoint> chosen = new(Math.Min(limit, candidates.Count));
        while (chosen.Count < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            int best = -1;
            float bestWorth = float.NegativeInfinity;
            for (int i = 0; i < candidates.Count; i++)
            {
                if (isOut[i]) continue;
                float relevance = Similarity(candidates[i].Distance);
                float worth = ((1 - strength) * relevance) - (chosen.Count == 0 ? 0 : strength * nearest[i]);
                if (best >= 0 && worth <= bestWorth) continue;
                best = i;
                bestWorth = worth;
            }

            if (best < 0) break;
            isOut[best] = true;
            chosen.Add(candidates[best]);
            ReadOnlySpan<float> taken = vectors.AsSpan(best * dimension, dimension);
            for (int i = 0; i < candidates.Count; i++)
            {
                if (!isOut[i]) nearest[i] = Math.Max(nearest[i], Similarity(taken, vectors.AsSpan(i * dimension, dimension)));
            }
        }

        return chosen;
    }

    private float Similarity(float distance) => definition.Metric == Metric.Cosine ? 1 - distance : -distance;

    // Under cosine the index keeps vectors at length 1.
    private float Similarity(ReadOnlySpan<float> x, ReadOnlySpan<float> y) =>
        definition.Metric == Metric.SquaredEuclidean ? -VectorMath.SquaredDistance(x, y) : VectorMath.Dot(x, y);
}
