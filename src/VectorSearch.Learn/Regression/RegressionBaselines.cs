namespace VectorSearch.Learn;

/// <summary>What a baseline predicts.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Setting">What was chosen on a part of training held out; empty where there is no choice.</param>
/// <param name="Predicted">The target of each row asked.</param>
internal sealed record BaselinePrediction(string Name, string Setting, double[] Predicted)
{
    /// <inheritdoc/>
    public override string ToString() => Setting.Length == 0 ? Name : $"{Name} ({Setting})";
}

/// <summary>What a <see cref="RegressionModel"/> must beat, each tuned on a part of training held out.</summary>
internal static class RegressionBaselines
{
    /// <summary>Part of training held out to tune on.</summary>
    public const double ValidationFraction = 0.2;

    /// <summary>The mean, and where asked nearest rows and ridge regressions.</summary>
    public static IReadOnlyList<BaselinePrediction> Predict(RegressionTable train, RegressionTable test, bool all, LearnerRequest request)
    {
        double average = train.Targets.Average();
        BaselinePrediction mean = new("mean", "", [.. test.Targets.Select(_ => average)]);
        if (!all) return [mean];
        double[] nearest = NearestRows.Predict(train, test, ValidationFraction, request.Seed, out int neighbours);
        List<BaselinePrediction> beside = [mean, new("nearest rows", $"{neighbours}", nearest), Ridge("ridge on TF-IDF and the same numbers", bent: false)];
        // Without numbers both are the same.
        if (train.Schema.Numbers.Count > 0) beside.Add(Ridge("the same with ranges and place cells", bent: true));
        return beside;

        BaselinePrediction Ridge(string name, bool bent)
        {
            double[] predicted = RidgeRegression.Predict(train, test, ValidationFraction, bent, request.Seed, request.Threads, out RidgeSetting chosen);
            return new BaselinePrediction(name, FormattableString.Invariant($"λ {chosen.Penalty}, words × {chosen.WordWeight}"), predicted);
        }
    }
}
