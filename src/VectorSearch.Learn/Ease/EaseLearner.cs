using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Hyper-parameters of EASE.</summary>
public sealed record EaseOptions
{
    /// <summary>Most of a history that may be left out.</summary>
    public const double MaxDropout = 0.95;

    /// <summary>λ: added to the diagonal of the items' Gram matrix.</summary>
    public double Regularisation { get; init; } = 500;

    /// <summary>
    /// p: part of each history that is left out at random, in expectation and so in closed form: adds p/(1 − p) times an item's watches to
    /// the diagonal (Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020). It holds back popular items.
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>β: a user with n watches weighs (n / mean n)^(−β); 0 makes all interactions alike, 1 all users.</summary>
    public double UserBalance { get; init; }

    /// <summary>Most threads; 0 for one a processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws when a value is out of range; the message lists all that are.</summary>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public void Validate()
    {
        List<string> faults = [];
        if (!(Regularisation > 0)) faults.Add($"Regularisation is {Regularisation}: expected more than 0");
        if (Dropout is not (>= 0 and <= MaxDropout)) faults.Add($"Dropout is {Dropout}: expected 0 to {MaxDropout}");
        if (UserBalance is not (>= 0 and <= 1)) faults.Add($"UserBalance is {UserBalance}: expected 0 to 1");
        if (faults.Count > 0) throw new ArgumentException("EASE options: " + string.Join("; ", faults) + ".");
    }
}

/// <summary>
/// EASEᴿ (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): the item weights B with zero
/// diagonal that minimise ‖X − XB‖² + λ‖B‖², in closed form B = I − P·diag(1/Pⱼⱼ) with P = (XᵀX + λI)⁻¹. The honest
/// baseline: nothing to tune but λ, but its memory grows with the square of the items.
/// </summary>
public static unsafe class EaseLearner
{
    internal const string Learner = "ease/1";

    /// <summary>Bytes that training and its model take for this many items.</summary>
    public static long EstimateBytes(int items) => 3L * items * items * sizeof(float);

    /// <summary>Trains, and wraps the result as a model with the question <c>history</c>, of as many dimensions as items.</summary>
    /// <exception cref="ArgumentException">λ is out of range, or there are fewer than two items.</exception>
    /// <exception cref="LearningException">The memory foreseen is more than there is, or the matrix cannot be inverted.</exception>
    public static LearnedModel Train(
        InteractionDataset train, EaseOptions options, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        if (train.ItemCount < 2) throw new ArgumentException($"The data has {train.ItemCount} item: a ranking needs at least two.", nameof(train));
        RequireMemory(train.ItemCount);
        int n = train.ItemCount;
        using NativeBuffer buffer = NativeBuffer.Allocate((long)n * n * sizeof(float));
        float* matrix = (float*)buffer.Start;
        CountPairs(train, matrix, options);
        long started = Stopwatch.GetTimestamp();
        bool inverted = SymmetricInverse.TryInvert(
            matrix, n, options.Threads,
            rows => progress?.Report(new LearnProgress("train", rows, n, Stopwatch.GetElapsedTime(started))), cancellationToken);
        if (!inverted) throw new LearningException($"The Gram matrix plus {options.Regularisation} is not positive definite in floats: raise Regularisation.");
        return ToModel(train, matrix, options);
    }

    private static void RequireMemory(int items)
    {
        long needed = EstimateBytes(items), available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (needed > available || (long)items * NormalEquations.Stride(items) > Array.MaxLength)
        {
            throw new LearningException(
                $"EASE on {items} items needs {needed / 1e9:f1} GB, this machine has {available / 1e9:f1} GB (and a table at most 2^31 floats): " +
                "use ials, graph or contrastive, whose memory grows with the items, not with their square.");
        }
    }

    private static void CountPairs(InteractionDataset train, float* matrix, EaseOptions options)
    {
        int n = train.ItemCount;
        InteractionDataset byItem = train.Transpose();
        double mean = (double)train.InteractionCount / train.UserCount, dropped = options.Dropout / (1 - options.Dropout);
        float[] weights = [.. Enumerable.Range(0, train.UserCount).Select(user => (float)Math.Pow(Math.Max(1, train.ItemsOf(user).Length) / mean, -options.UserBalance))];
        DeterministicParallel.For(n, 64, options.Threads, (from, to) =>
        {
            for (int item = from; item < to; item++)
            {
                float* row = matrix + ((nint)item * n);
                new Span<float>(row, n).Clear();
                foreach (int user in byItem.ItemsOf(item))
                {
                    foreach (int other in train.ItemsOf(user)) row[other] += weights[user];
                }

                row[item] += (float)(options.Regularisation + (dropped * row[item]));
            }
        });
    }

    private static LearnedModel ToModel(InteractionDataset train, float* inverse, EaseOptions options)
    {
        int n = train.ItemCount;
        VectorTable items = new(n, n);
        int[] counts = train.ItemCounts();
        for (int item = 0; item < n; item++)
        {
            // Nobody watched it: its row stays zero, as everywhere.
            if (counts[item] == 0) continue;
            Span<float> row = items.Writable(item);
            float scale = -1 / inverse[((nint)item * n) + item];
            for (int j = 0; j < n; j++) row[j] = j == item ? 0 : scale * inverse[((nint)j * n) + item];
        }

        ModelQuestion history = new(
            "history", QuestionKind.HistoryToItem, Metric.InnerProduct, "none", "items", items, n, train.Items, new MultiHot(items));
        return new LearnedModel(
            Learner, train.Items, null, new Dictionary<string, VectorTable> { ["items"] = items }, [history],
            ModelCard.Of(train, 0, new Dictionary<string, double>
            {
                ["regularisation"] = options.Regularisation, ["dropout"] = options.Dropout, ["user_balance"] = options.UserBalance,
            }));
    }
}
