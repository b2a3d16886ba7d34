namespace VectorSearch.Learn;

/// <summary>What a ridge regression is fitted to: words and names as bags, and numbers, of each row.</summary>
/// <param name="Bags">Words, then names, of each row.</param>
/// <param name="Numbers">Numbers of each row.</param>
/// <param name="Words">Rows of features that are words.</param>
/// <param name="Features">Words and names.</param>
internal sealed record RidgeInputs(FeatureBag[] Bags, float[][] Numbers, int Words, int Features)
{
    /// <summary>Encodes a table.</summary>
    /// <param name="features">What words, names and numbers there are.</param>
    /// <param name="table">The table.</param>
    /// <param name="numbers">How many of the numbers count, from the first.</param>
    public static RidgeInputs Of(RegressionFeatures features, RegressionTable table, int numbers) => new(
        [.. table.Texts.Select((text, n) => features.Bag(text, table.Categories[n]))],
        [.. table.Numbers.Select(row =>
        {
            float[] scaled = new float[features.NumberCount];
            features.Fill(row, scaled);
            return scaled[..numbers];
        })],
        features.Texts.Rows, features.Rows);

    /// <summary>Some of the rows.</summary>
    public RidgeInputs Take(IReadOnlyList<int> rows) => this with { Bags = [.. rows.Select(row => Bags[row])], Numbers = [.. rows.Select(row => Numbers[row])] };
}

/// <summary>
/// Ridge regression on words (TF-IDF), names and numbers: w = Xᵀα with α = (K + λI)⁻¹ (y − ȳ) and K = γ² words·wordsᵀ + names·namesᵀ +
/// numbers·numbersᵀ. A part of a <see cref="RegressionModel"/>, and the baseline that it must beat.
/// </summary>
internal sealed class RidgeRegression
{
    private const int Patience = 2;
    private static readonly double[] Penalties = [300, 100, 30, 10, 3, 1, 0.3, 0.1, 0.03];
    private static readonly double[] WordWeights = [0.5, 1, 2, 4];

    private readonly VectorTable _features, _numbers;

    /// <summary>The weights of a model file.</summary>
    /// <param name="features">A row with the weight of each word and name.</param>
    /// <param name="numbers">A row with the weight of each number, and the mean behind them.</param>
    public RidgeRegression(VectorTable features, VectorTable numbers) => (_features, _numbers) = (features, numbers);

    /// <summary>Weight of each word and name.</summary>
    public VectorTable Features => _features;

    /// <summary>Weight of each number, and the mean behind them.</summary>
    public VectorTable Numbers => _numbers;

    /// <summary>Tunes a baseline on a part of training held out, fits all of training, and predicts test rows.</summary>
    /// <param name="train">Rows to fit.</param>
    /// <param name="test">Rows to predict.</param>
    /// <param name="validation">Part of training held out to tune on.</param>
    /// <param name="bent">Whether ranges of numbers and place cells count too.</param>
    /// <param name="seed">Seed of the part held out.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="chosen">What was chosen.</param>
    public static double[] Predict(RegressionTable train, RegressionTable test, double validation, bool bent, ulong seed, int threads, out RidgeSetting chosen)
    {
        (RegressionTable fit, RegressionTable held) = train.Split(validation, seed);
        (RidgeInputs known, RidgeInputs asked) = Both(fit, held);
        (chosen, _) = Tune(known, fit.Targets, asked, held.Targets, threads);
        (known, asked) = Both(train, test);
        return Fit(known, train.Targets, chosen, threads).Predict(asked);

        (RidgeInputs Known, RidgeInputs Asked) Both(RegressionTable known, RegressionTable asked)
        {
            RegressionFeatures features = RegressionFeatures.Of(known, new RegressionOptions().Features with { MinCount = 2, MinNgramTexts = 2, IdfPower = 1 }, seed);
            int numbers = bent ? features.NumberCount : features.PlainNumbers;
            return (RidgeInputs.Of(features, known, numbers), RidgeInputs.Of(features, asked, numbers));
        }
    }

    /// <summary>The setting of least squared error on rows held out, with its predictions of them.</summary>
    public static (RidgeSetting Chosen, double[] Predicted) Tune(RidgeInputs fit, double[] targets, RidgeInputs held, double[] truth, int threads)
    {
        RidgeKernel rows = new(fit, threads);
        RidgeSolver solver = new(fit.Numbers);
        (RidgeSetting Chosen, double[] Predicted, double Rmse) best = (new RidgeSetting(1, 1), [], double.PositiveInfinity);
        foreach (double weight in WordWeights)
        {
            RidgeKernel kernel = rows.Weigh(weight);
            double[] alpha = new double[targets.Length];
            double least = double.PositiveInfinity;
            int worse = 0;
            // From the greatest penalty down, each from the solution before it, for as long as it helps.
            foreach (double penalty in Penalties.TakeWhile(_ => worse < Patience))
            {
                RidgeSetting setting = new(penalty, weight);
                double[] predicted = Solve(fit, solver, kernel, targets, setting, alpha).Predict(held);
                double rmse = RegressionReport.Of(truth, predicted).Rmse;
                worse = rmse < least ? 0 : worse + 1;
                least = Math.Min(least, rmse);
                if (rmse < best.Rmse) best = (setting, predicted, rmse);
            }
        }

        return (best.Chosen, best.Predicted);
    }

    /// <summary>Fits rows.</summary>
    public static RidgeRegression Fit(RidgeInputs inputs, double[] targets, RidgeSetting setting, int threads) =>
        Solve(inputs, new RidgeSolver(inputs.Numbers), new RidgeKernel(inputs, threads).Weigh(setting.WordWeight), targets, setting, new double[targets.Length]);

    /// <summary>What is predicted for a row.</summary>
    public double Predict(FeatureBag bag, ReadOnlySpan<float> numbers)
    {
        double sum = _numbers[0][^1];
        for (int e = 0; e < bag.Rows.Length; e++) sum += bag.Weights[e] * (double)_features[0][bag.Rows[e]];
        for (int n = 0; n < numbers.Length; n++) sum += numbers[n] * (double)_numbers[0][n];
        return sum;
    }

    private double[] Predict(RidgeInputs inputs) => [.. inputs.Bags.Select((bag, n) => Predict(bag, inputs.Numbers[n]))];

    /// <summary>From the α of a greater penalty on, which are overwritten.</summary>
    private static RidgeRegression Solve(RidgeInputs inputs, RidgeSolver solver, RidgeKernel kernel, double[] targets, RidgeSetting setting, double[] alpha)
    {
        double mean = targets.Average();
        solver.Solve(kernel, setting.Penalty, [.. targets.Select(target => target - mean)], alpha);
        double[] features = new double[inputs.Features], numbers = new double[inputs.Numbers[0].Length];
        for (int n = 0; n < alpha.Length; n++)
        {
            FeatureBag bag = inputs.Bags[n];
            for (int e = 0; e < bag.Rows.Length; e++)
                features[bag.Rows[e]] += alpha[n] * bag.Weights[e] * (bag.Rows[e] < inputs.Words ? setting.WordWeight * setting.WordWeight : 1);
            for (int c = 0; c < numbers.Length; c++) numbers[c] += alpha[n] * inputs.Numbers[n][c];
        }

        return new RidgeRegression(Row(features), Row([.. numbers, mean]));
    }

    private static VectorTable Row(double[] values)
    {
        VectorTable table = new(1, Math.Max(1, values.Length));
        for (int n = 0; n < values.Length; n++) table.Writable(0)[n] = (float)values[n];
        return table;
    }
}

/// <summary>How strongly a ridge regression is held back.</summary>
/// <param name="Penalty">λ.</param>
/// <param name="WordWeight">γ.</param>
internal sealed record RidgeSetting(double Penalty, double WordWeight);
