using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Implicit alternating least squares (Hu, Koren and Volinsky, ICDM 2008) with the unobserved weight and the
/// frequency-scaled regularisation of Rendle et al. (RecSys 2022):
/// L = Σ over watched (1 − u·v)² + α₀ Σ over all pairs (u·v)² + λ (Σ over users (nᵤ + α₀ N)^ν ‖u‖² + the same over items).
/// Each half of an epoch solves every row of one side exactly, or for large d sweeps over blocks of its coordinates
/// (<see cref="IalsOptions.Block"/>). Rows are independent: the result is the same to the bit at any thread count.
/// </summary>
public static class IalsLearner
{
    private const int ChunkRows = 64;

    /// <summary>Trains on interactions and wraps the result as a model with the questions <c>similar</c>, <c>audience</c> and <c>history</c>.</summary>
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
        // A whole solve makes the users of the items alone; a sweep goes on from where they are.
        VectorTable[] state = options.Whole ? [items] : [items, users];
        int first = checkpoint?.TryLoad(state) + 1 ?? 1;
        for (int epoch = first; epoch <= options.Epochs; epoch++)
        {
            double loss = UpdateRows(train, items, users, options, cancellationToken);
            UpdateRows(byItem, users, items, options, cancellationToken);
            if (!double.IsFinite(loss))
                throw new LearningException($"The loss of epoch {epoch} is {loss}: raise Regularisation (now {options.Regularisation}).");
            checkpoint?.Save(state, epoch);
            progress?.Report(new LearnProgress("train", epoch, options.Epochs, Stopwatch.GetElapsedTime(started), loss));
        }

        // Whole, with blocks too: folding in is this solve, and agrees with it to the bit.
        SolveRows(train, items, users, options, cancellationToken);
        return IalsModel.Create(train, byItem, users, items, options);
    }

    /// <summary>One half of an epoch: rows solved whole, or one sweep over their blocks; returns the loss over the rows.</summary>
    internal static double UpdateRows(
        InteractionDataset rows, VectorTable other, VectorTable solved, IalsOptions options, CancellationToken cancellationToken) =>
        options.Whole ? SolveRows(rows, other, solved, options, cancellationToken) : SweepRows(rows, other, solved, options, cancellationToken);

    /// <summary>Solves all rows of one side against the other; returns the loss over the rows.</summary>
    internal static double SolveRows(
        InteractionDataset rows, VectorTable other, VectorTable solved, IalsOptions options, CancellationToken cancellationToken)
    {
        float[] gram = Gram.Of(other, options.UnobservedWeight, options.Threads, cancellationToken);
        return SumOverRows(
            rows, other.Rows, options, () => new IalsSolver(options.Dimension),
            (row, ridge, solver) => solver.Solve(other, gram, ridge, rows.ItemsOf(row), default, solved.Writable(row)), cancellationToken);
    }

    private static double SweepRows(
        InteractionDataset rows, VectorTable other, VectorTable solved, IalsOptions options, CancellationToken cancellationToken)
    {
        float[] gram = Gram.Mirror(Gram.Of(other, options.UnobservedWeight, options.Threads, cancellationToken), other.Stride);
        return SumOverRows(
            rows, other.Rows, options, () => new IalsBlockSolver(options.Dimension, options.Block),
            (row, ridge, solver) => solver.Sweep(other, gram, ridge, rows.ItemsOf(row), solved, row), cancellationToken);
    }

    private static double SumOverRows<TSolver>(
        InteractionDataset rows, int otherRows, IalsOptions options, Func<TSolver> create, Func<int, double, TSolver, double> solve,
        CancellationToken cancellationToken)
    {
        double[] losses = new double[rows.UserCount];
        DeterministicParallel.For(
            rows.UserCount, ChunkRows, options.Threads, create,
            (from, to, solver) =>
            {
                for (int row = from; row < to; row++)
                {
                    int watched = rows.ItemsOf(row).Length;
                    // Nothing watched: the solution is 0, and the table holds zeros.
                    if (watched == 0) continue;
                    double ridge = Ridge(watched, otherRows, options.UnobservedWeight, options.Regularisation, options.RegularisationExponent);
                    losses[row] = solve(row, ridge, solver);
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
