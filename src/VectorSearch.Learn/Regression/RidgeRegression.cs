using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Ridge regression on the words of a text (TF-IDF), names and numbers, in its dual form: α = (K + λI)⁻¹ (y − ȳ) with
/// K = γ² words·wordsᵀ + names·namesᵀ + numbers·numbersᵀ, by conjugate gradients. The baseline that a learned embedding must beat.
/// </summary>
internal sealed class RidgeRegression
{
    private const int MaxSteps = 2000;
    private const double Tolerance = 1e-9;
    private static readonly double[] Penalties = [300, 100, 30, 10, 3, 1, 0.3, 0.1, 0.03, 0.01];
    private static readonly double[] WordWeights = [0.5, 1, 2, 4];

    private readonly int _threads;

    private RidgeRegression(int threads) => _threads = threads;

    /// <summary>Chosen on the validation rows: λ, then γ.</summary>
    public double Penalty { get; private set; }

    /// <summary>γ.</summary>
    public double WordWeight { get; private set; }

    /// <summary>Tunes on a part of training held out, fits all of training, and predicts test rows.</summary>
    /// <param name="train">Rows to fit.</param>
    /// <param name="test">Rows to predict.</param>
    /// <param name="validation">Part of training held out to tune on.</param>
    /// <param name="cells">Whether the place cells count as numbers.</param>
    /// <param name="seed">Seed of the part held out.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="chosen">What was chosen.</param>
    public static double[] Predict(RegressionTable train, RegressionTable test, double validation, bool cells, ulong seed, int threads, out RidgeRegression chosen)
    {
        chosen = new RidgeRegression(threads);
        (RegressionTable fit, RegressionTable held) = train.Split(validation, seed);
        (RidgeKernel known, RidgeKernel asked) = RidgeKernel.Of(fit, held, cells, seed, threads);
        double best = double.PositiveInfinity;
        foreach (double weight in WordWeights)
        {
            double[] alpha = new double[fit.Count];
            foreach (double penalty in Penalties)
            {
                double[] predicted = chosen.FitAndPredict(fit.Targets, known, asked, weight, penalty, alpha);
                double rmse = RegressionReport.Of(held.Targets, predicted).Rmse;
                if (rmse >= best) continue;
                (best, chosen.Penalty, chosen.WordWeight) = (rmse, penalty, weight);
            }
        }

        (known, asked) = RidgeKernel.Of(train, test, cells, seed, threads);
        return chosen.FitAndPredict(train.Targets, known, asked, chosen.WordWeight, chosen.Penalty, new double[train.Count]);
    }

    private double[] FitAndPredict(double[] targets, RidgeKernel known, RidgeKernel asked, double wordWeight, double penalty, double[] alpha)
    {
        double mean = targets.Average();
        Solve(known.Join(wordWeight), penalty, [.. targets.Select(target => target - mean)], alpha);
        double[] values = Multiply(asked.Join(wordWeight), alpha);
        for (int n = 0; n < values.Length; n++) values[n] += mean;
        return values;
    }

    /// <summary>(K + λI) x = y by conjugate gradients (Hestenes and Stiefel, 1952) from the x given.</summary>
    private void Solve(float[][] kernel, double penalty, double[] y, double[] x)
    {
        double[] product = Multiply(kernel, x), residual = new double[y.Length];
        for (int n = 0; n < y.Length; n++) residual[n] = y[n] - product[n] - (penalty * x[n]);
        double[] direction = [.. residual];
        double squares = Dot(residual, residual), enough = Tolerance * Tolerance * Dot(y, y);
        for (int step = 0; step < MaxSteps && squares > enough; step++)
        {
            product = Multiply(kernel, direction);
            for (int n = 0; n < y.Length; n++) product[n] += penalty * direction[n];
            double length = squares / Dot(direction, product), before = squares;
            for (int n = 0; n < y.Length; n++)
            {
                x[n] += length * direction[n];
                residual[n] -= length * product[n];
            }

            squares = Dot(residual, residual);
            for (int n = 0; n < y.Length; n++) direction[n] = residual[n] + (squares / before * direction[n]);
        }
    }

    private double[] Multiply(float[][] matrix, double[] vector)
    {
        double[] product = new double[matrix.Length];
        DeterministicParallel.For(matrix.Length, 64, _threads, (from, to) =>
        {
            for (int n = from; n < to; n++) product[n] = Dot(matrix[n], vector);
        });
        return product;
    }

    private static double Dot(float[] row, double[] vector)
    {
        double a = 0, b = 0, c = 0, d = 0;
        int n = 0;
        for (; n + 4 <= row.Length; n += 4)
        {
            a += row[n] * vector[n];
            b += row[n + 1] * vector[n + 1];
            c += row[n + 2] * vector[n + 2];
            d += row[n + 3] * vector[n + 3];
        }

        for (; n < row.Length; n++) a += row[n] * vector[n];
        return a + b + (c + d);
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int n = 0; n < a.Length; n++) sum += a[n] * b[n];
        return sum;
    }
}

/// <summary>Inner products of rows with training rows: those of words, and those of names and numbers.</summary>
internal sealed record RidgeKernel(float[][] Words, float[][] Others)
{
    /// <summary>The kernels of training rows among themselves, and of rows asked about with them.</summary>
    public static (RidgeKernel Known, RidgeKernel Asked) Of(RegressionTable train, RegressionTable asked, bool cells, ulong seed, int threads)
    {
        RegressionFeatures features = RegressionFeatures.Of(train, new RegressionOptions().Features with { MinCount = 2, MinNgramTexts = 2, IdfPower = 1 }, seed);
        Rows known = Encode(train), other = Encode(asked);
        return (Between(known, known), Between(other, known));

        Rows Encode(RegressionTable table)
        {
            FeatureBag[] bags = [.. table.Texts.Select((text, n) => features.Bag(text, table.Categories[n]))];
            int count = cells ? features.NumberCount : features.PlainNumbers;
            float[][] numbers = [.. table.Numbers.Select(row =>
            {
                float[] scaled = new float[features.NumberCount];
                features.Fill(row, scaled);
                return scaled[..count];
            })];
            return new Rows(bags, numbers, features.Texts.Rows, features.Rows);
        }

        RidgeKernel Between(Rows a, Rows b)
        {
            float[][] words = new float[a.Bags.Length][], others = new float[a.Bags.Length][];
            DeterministicParallel.For(a.Bags.Length, 16, threads, () => new float[features.Rows], (from, to, dense) =>
            {
                for (int n = from; n < to; n++) (words[n], others[n]) = Row(a, n, b, dense);
            });
            return new RidgeKernel(words, others);
        }
    }

    /// <summary>γ² words + others.</summary>
    public float[][] Join(double wordWeight) =>
        [.. Words.Select((row, n) => row.Select((value, m) => (float)((wordWeight * wordWeight * value) + Others[n][m])).ToArray())];

    private static (float[] Words, float[] Others) Row(Rows a, int n, Rows b, float[] dense)
    {
        FeatureBag own = a.Bags[n];
        for (int e = 0; e < own.Rows.Length; e++) dense[own.Rows[e]] = own.Weights[e];
        float[] words = new float[b.Bags.Length], others = new float[b.Bags.Length];
        for (int m = 0; m < words.Length; m++)
        {
            FeatureBag bag = b.Bags[m];
            for (int e = 0; e < bag.Rows.Length; e++)
            {
                float product = bag.Weights[e] * dense[bag.Rows[e]];
                if (bag.Rows[e] < a.WordRows) words[m] += product;
                else others[m] += product;
            }

            others[m] += FixedLanes.Dot(a.Numbers[n], b.Numbers[m]);
        }

        foreach (int row in own.Rows) dense[row] = 0;
        return (words, others);
    }

    private sealed record Rows(FeatureBag[] Bags, float[][] Numbers, int WordRows, int AllRows);
}
