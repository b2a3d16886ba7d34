using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Losses on the cosines between the examples of a batch: the value, and the gradient with respect to each cosine.</summary>
internal static class PairLosses
{
    /// <summary>
    /// Supervised contrastive: for each example i with positives P(i), the mean over P(i) of log Σ over a ≠ i e^(s_ia/τ) − s_ip/τ.
    /// </summary>
    /// <param name="cosines">n × n; replaced by the gradient.</param>
    /// <param name="labels">Class of each example.</param>
    /// <param name="temperature">τ.</param>
    /// <returns>Mean over the examples that have a positive.</returns>
    public static double SupervisedContrastive(float[] cosines, ReadOnlySpan<int> labels, float temperature)
    {
        int n = labels.Length;
        double loss = 0;
        int anchors = 0;
        for (int i = 0; i < n; i++) anchors += Positives(labels, i) > 0 ? 1 : 0;
        for (int i = 0; i < n; i++)
        {
            Span<float> row = cosines.AsSpan(i * n, n);
            int positives = Positives(labels, i);
            if (positives == 0)
            {
                row.Clear();
                continue;
            }

            float greatest = float.NegativeInfinity, total = 0, sum = 0;
            for (int a = 0; a < n; a++) greatest = a == i ? greatest : Math.Max(greatest, row[a] / temperature);
            for (int a = 0; a < n; a++)
            {
                if (a == i) continue;
                if (labels[a] == labels[i]) sum += row[a] / temperature;
                row[a] = VectorFunctions.Exp((row[a] / temperature) - greatest);
                total += row[a];
            }

            loss += VectorFunctions.Log(total) + greatest - (sum / positives);
            for (int a = 0; a < n; a++)
                row[a] = a == i ? 0 : ((row[a] / total) - (labels[a] == labels[i] ? 1f / positives : 0)) / (temperature * anchors);
        }

        return anchors == 0 ? 0 : loss / anchors;
    }

    /// <summary>
    /// Triplets max(0, d²_ap − d²_an + margin) with d² = 2 − 2 cosine: for each example its farthest positive, and the nearest
    /// negative that is farther than it; where there is none, the farthest of the nearer ones.
    /// </summary>
    /// <param name="cosines">n × n; replaced by the gradient.</param>
    /// <param name="labels">Class of each example.</param>
    /// <param name="margin">The margin.</param>
    /// <returns>Mean over the examples that have a positive and a negative.</returns>
    public static double Triplet(float[] cosines, ReadOnlySpan<int> labels, float margin)
    {
        int n = labels.Length, triplets = 0;
        float[] gradient = new float[cosines.Length];
        double loss = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> row = cosines.AsSpan(i * n, n);
            int positive = -1;
            for (int a = 0; a < n; a++)
            {
                if (a != i && labels[a] == labels[i] && (positive < 0 || row[a] < row[positive])) positive = a;
            }

            int negative = positive < 0 ? -1 : SemiHardNegative(row, labels, i, row[positive]);
            if (negative < 0) continue;
            triplets++;
            float violation = (2 * (row[negative] - row[positive])) + margin;
            if (violation <= 0) continue;
            loss += violation;
            gradient[(i * n) + positive] -= 2;
            gradient[(i * n) + negative] += 2;
        }

        if (triplets > 0) FixedLanes.Scale(gradient, 1f / triplets);
        gradient.CopyTo(cosines, 0);
        return triplets == 0 ? 0 : loss / triplets;
    }

    private static int SemiHardNegative(ReadOnlySpan<float> row, ReadOnlySpan<int> labels, int anchor, float positive)
    {
        int semiHard = -1, easiestHard = -1;
        for (int a = 0; a < labels.Length; a++)
        {
            if (labels[a] == labels[anchor]) continue;
            if (row[a] < positive && (semiHard < 0 || row[a] > row[semiHard])) semiHard = a;
            if (row[a] >= positive && (easiestHard < 0 || row[a] < row[easiestHard])) easiestHard = a;
        }

        // A hard negative beats an easy one: without any violation a semi-hard one gives no gradient.
        return semiHard >= 0 ? semiHard : easiestHard;
    }

    private static int Positives(ReadOnlySpan<int> labels, int i)
    {
        int count = -1;
        foreach (int label in labels) count += label == labels[i] ? 1 : 0;
        return count;
    }
}
