using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Classes by the k nearest examples under cosine, all examples compared: the measure of a learned space.</summary>
public static class NearestNeighbours
{
    private const int Chunk = 16;

    /// <summary>
    /// The class of each query: the k nearest known examples vote, each with its cosine, and the first found wins a draw.
    /// </summary>
    /// <param name="known">Unit vectors of known examples.</param>
    /// <param name="labelOf">Their classes.</param>
    /// <param name="queries">Unit vectors to classify.</param>
    /// <param name="k">How many vote.</param>
    /// <param name="threads">Most threads; 0 for all cores.</param>
    public static int[] Classify(VectorTable known, int[] labelOf, VectorTable queries, int k, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        int classes = labelOf.Max() + 1;
        int[] predicted = new int[queries.Rows];
        DeterministicParallel.For(
            queries.Rows, Chunk, threads, () => new float[known.Rows],
            (from, to, scores) =>
            {
                int[] best = new int[Math.Min(k, known.Rows)];
                float[] votes = new float[classes];
                for (int n = from; n < to; n++)
                {
                    for (int row = 0; row < scores.Length; row++) scores[row] = FixedLanes.Dot(known[row], queries[n]);
                    int found = TopK.Select(scores, best);
                    Array.Clear(votes);
                    // Cosines may be negative: shifted by 1 a vote is never one against.
                    for (int b = 0; b < found; b++) votes[labelOf[best[b]]] += 1 + scores[best[b]];
                    predicted[n] = votes.AsSpan().IndexOf(votes.Max());
                }
            });
        return predicted;
    }
}
