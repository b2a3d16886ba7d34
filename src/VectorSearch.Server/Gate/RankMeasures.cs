namespace VectorSearch.Server.Gate;

/// <summary>What rankings of answers are worth, beside each other and beside what is known to be right.</summary>
internal static class RankMeasures
{
    /// <summary>Scores this close count as equal: two orders of summing the same row.</summary>
    private const float Tie = 1e-5f;

    /// <summary>Share of the answers of one ranking that the other has not, by the longer of the two; 0 if both are empty.</summary>
    public static double Churn<T>(IReadOnlyCollection<T> one, IReadOnlyCollection<T> other)
    {
        int most = Math.Max(one.Count, other.Count);
        return most == 0 ? 0 : 1 - ((double)one.Intersect(other).Count() / most);
    }

    /// <summary>
    /// Share of the true answers that were found; an answer as good as the last true one is as right. 1 if there is none to
    /// find.
    /// </summary>
    /// <param name="found">Scores of the answers, best first.</param>
    /// <param name="truth">Scores of the exact answers, best first.</param>
    /// <param name="smallestFirst">True where the smallest score is the best.</param>
    public static double Recall(IReadOnlyList<float> found, IReadOnlyList<float> truth, bool smallestFirst)
    {
        if (truth.Count == 0) return 1;
        float worst = truth[^1], slack = Tie * Math.Max(1, Math.Abs(worst));
        int right = found.Count(score => smallestFirst ? score <= worst + slack : score >= worst - slack);
        return (double)Math.Min(right, truth.Count) / truth.Count;
    }

    /// <summary>
    /// NDCG@k with gain 1 for each right answer: Σ 1 / log2(rank + 1) over the right answers, divided by the same sum if they
    /// came first (Järvelin and Kekäläinen, TOIS 2002).
    /// </summary>
    /// <param name="ranking">Answers, best first; those after the k-th are not looked at.</param>
    /// <param name="relevant">The right answers, at least one.</param>
    /// <param name="k">How many answers count.</param>
    public static double Ndcg<T>(IReadOnlyList<T> ranking, IReadOnlySet<T> relevant, int k)
    {
        double gain = 0, best = 0;
        for (int rank = 1; rank <= Math.Min(k, ranking.Count); rank++)
        {
            if (relevant.Contains(ranking[rank - 1])) gain += 1 / Math.Log2(rank + 1);
        }

        for (int rank = 1; rank <= Math.Min(k, relevant.Count); rank++) best += 1 / Math.Log2(rank + 1);
        return gain / best;
    }
}
