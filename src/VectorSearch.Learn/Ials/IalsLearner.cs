using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Implicit alternating least squares (Hu, Koren and Volinsky, ICDM 2008) with the unobserved weight and the
/// frequency-scaled regularisation of Rendle et al. (RecSys 2022):
/// L = Σ over watched (1 − u·v)² + α₀ Σ over all pairs (u·v)² + λ (Σ over users (nᵤ + α₀ N)^ν ‖u‖² + the same over items).
/// Each half of an epoch solves every row of one side exactly, so rows are independent: the result is the same to the
/// bit at any thread count.
/// </summary>
public static class IalsLearner
{
    private const int ChunkRows = 64;

    /// <summary>Trains on interactions and wraps the result as a model with the questions <c>similar</c> and <c>history</c>.</summary>
    /// <param name="train">The interactions; ratings and times are not used.</param>
    /// <param name="options">Hyper-parameters.</param>
    /// <param name="progress">Told of every epoch, with the loss over users.</param>
    /// <param name="cancellationToken">Stops within an epoch.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are fewer than two items.</exception>
    /// <exception cref="LearningException">The numbers left the range of floats.</exception>
    public static LearnedModel Train(
        InteractionDataset train, IalsOptions options, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default) => Train(train, options, null, progress, cancellationToken);

    internal static LearnedModel Train(
        InteractionDataset train, IalsOptions options, Checkpoint? checkpoint, IProgress<LearnProgress>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        if (train.ItemCount < 2)
            throw new ArgumentException($"The data has {train.ItemCount} item: a ranking needs at least two.", nameof(train));
        InteractionDataset byItem = train.Transpose();
        VectorTable users = new(train.UserCount, options.Dimension);
        VectorTable items = Initial(train, options);
        long started = Stopwatch.GetTimestamp();
        // Items decide the rest: users are solved from them.
        int first = checkpoint?.TryLoad(items) + 1 ?? 1;
        for (int epoch = first; epoch <= options.Epochs; epoch++)
        {
            double loss = SolveRows(train, items, users, options, cancellationToken);
            SolveRows(byItem, users, items, options, cancellationToken);
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch} is {loss}: raise Regularisation (now {options.Regularisation}).");
            checkpoint?.Save(items, epoch);
            progress?.Report(new LearnProgress("train", epoch, options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }

        SolveRows(train, items, users, options, cancellationToken);
        return IalsModel.Create(train, users, items, options);
    }

    /// <summary>Solves all rows of one side against the other; returns the loss over the rows.</summary>
    internal static double SolveRows(
        InteractionDataset rows, VectorTable other, VectorTable solved, IalsOptions options, CancellationToken cancellationToken)
    {
        float[] gram = Gram.Of(other, options.UnobservedWeight, options.Threads, cancellationToken);
        double[] losses = new double[rows.UserCount];
        DeterministicParallel.For(
            rows.UserCount, ChunkRows, options.Threads, () => new IalsSolver(options.Dimension),
            (from, to, solver) =>
            {
                for (int row = from; row < to; row++)
                {
                    ReadOnlySpan<int> watched = rows.ItemsOf(row);
                    // Nothing watched: the solution is 0, and the table holds zeros.
                    if (watched.IsEmpty) continue;
                    double ridge = Ridge(watched.Length, other.Rows, options.UnobservedWeight, options.Regularisation, options.RegularisationExponent);
                    losses[row] = solver.Solve(other, gram, ridge, watched, default, solved.Writable(row));
                }
            },
            cancellationToken);
        double sum = 0;
        foreach (double loss in losses) sum += loss;
        return sum;
    }

    /// <summary>λ (Σw + α₀ N)^ν.</summary>
    internal static double Ridge(double weight, int otherRows, double unobserved, double regularisation, double exponent) =>
        regularisation * Math.Pow(weight + (unobserved * otherRows), exponent);

    private static VectorTable Initial(InteractionDataset train, IalsOptions options)
    {
        VectorTable items = new(train.ItemCount, options.Dimension);
        int[] counts = train.ItemCounts();
        float deviation = (float)(options.InitialDeviation / Math.Sqrt(options.Dimension));
        for (int item = 0; item < counts.Length; item++)
        {
            if (counts[item] == 0) continue;
            Xoshiro256 random = new(options.Seed, (ulong)item);
            foreach (ref float value in items.Writable(item)) value = deviation * random.NextNormal();
        }

        return items;
    }
}
