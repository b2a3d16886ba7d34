namespace VectorSearch.Learn;

/// <summary>A row's target as the mean over the rows nearest by scaled numbers and equal names: what a broker does without reading.</summary>
internal static class NearestRows
{
    private static readonly int[] Counts = [1, 2, 3, 5, 8, 12, 20, 30];

    /// <summary>Predicts, with the number of neighbours chosen on a part of training held out.</summary>
    public static double[] Predict(RegressionTable train, RegressionTable test, double validation, ulong seed, out int neighbours)
    {
        (RegressionTable fit, RegressionTable held) = train.Split(validation, seed);
        double[][] tried = Means(fit, held, seed);
        int best = Enumerable.Range(0, Counts.Length).MinBy(k => RegressionReport.Of(held.Targets, tried[k]).Rmse);
        neighbours = Counts[best];
        return Means(train, test, seed)[best];
    }

    /// <summary>For each of <see cref="Counts"/> the mean target of so many nearest rows.</summary>
    private static double[][] Means(RegressionTable train, RegressionTable asked, ulong seed)
    {
        RegressionFeatures features = RegressionFeatures.Of(train, new RegressionOptions().Features, seed);
        float[][] known = [.. train.Numbers.Select(Scale)];
        double[][] means = [.. Counts.Select(_ => new double[asked.Count])];
        for (int n = 0; n < asked.Count; n++)
        {
            float[] own = Scale(asked.Numbers[n]);
            HashSet<string> names = [.. asked.Categories[n]];
            double[] distances = new double[train.Count], targets = [.. train.Targets];
            for (int m = 0; m < distances.Length; m++)
            {
                distances[m] = VectorSearch.Numerics.VectorMath.SquaredDistance(own, known[m]);
                foreach (string name in train.Categories[m]) distances[m] += names.Contains(name) ? 0 : 2;
            }

            Array.Sort(distances, targets);
            for (int k = 0; k < Counts.Length; k++) means[k][n] = targets.Take(Counts[k]).Average();
        }

        return means;

        float[] Scale(float[] row)
        {
            float[] scaled = new float[features.NumberCount];
            features.Fill(row, scaled);
            return scaled[..features.PlainNumbers];
        }
    }
}
