using System.Diagnostics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Evaluation as published tables of collaborative filtering have it: for each user with held-out items all items are
/// ranked, those of the training data left out, and the top k compared with the held-out ones. No sampled metrics
/// (Krichene and Rendle, KDD 2020, show why).
/// <para>
/// With hits = held-out items in the top k and n = held-out items of the user: recall@k = hits / n; precision@k = hits / k;
/// f1@k = 2PR / (P + R); ndcg@k = Σ over hits 1 / log2(rank + 1), divided by the same sum over ranks 1…min(k, n);
/// hr@k = 1 if there is a hit; mrr@k = 1 / rank of the first hit; map@k = Σ over hits of precision at their rank, divided by min(k, n).
/// Each is the mean over users. coverage@k = part of all items that anyone was given; gini@k = how unevenly they were given;
/// recall@k:head, :middle, :tail = recall among the held-out items of one band of popularity.
/// </para>
/// </summary>
public static class RankingEvaluator
{
    private const int MaxBatchUsers = 64;
    private const long MaxBatchScores = 8_000_000;
    private static readonly string[] Kinds = ["recall", "ndcg", "precision", "f1", "hr", "mrr", "map"];

    /// <summary>Evaluates a model on the held-out part of a split.</summary>
    /// <param name="model">Scores the items of the training vocabulary.</param>
    /// <param name="split">Training part (masked) and held-out part (looked for).</param>
    /// <param name="options">What to measure.</param>
    /// <param name="progress">Told of every batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">Nothing is held out, the model gives NaN, or an option is out of range.</exception>
    public static RankingReport Evaluate(
        IRankingModel model, DatasetSplit split, EvaluationOptions? options = null, IProgress<LearnProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new EvaluationOptions();
        options.Validate();
        (int[] users, int skipped) = ChooseUsers(split, options);
        if (users.Length == 0) throw new ArgumentException("No user has held-out items: there is nothing to evaluate.", nameof(split));
        Tally tally = new(model, split, options, users);
        int batch = (int)Math.Clamp(MaxBatchScores / Math.Max(1, model.ItemCount), 1, MaxBatchUsers);
        long started = Stopwatch.GetTimestamp(), done = 0;
        DeterministicParallel.For(
            users.Length, batch, options.Threads, () => new BatchScratch(batch, model.ItemCount, options.Cutoffs),
            (from, to, scratch) =>
            {
                tally.Add(scratch, from, to);
                long now = Interlocked.Add(ref done, to - from);
                progress?.Report(new LearnProgress("evaluate", now, users.Length, Stopwatch.GetElapsedTime(started)));
            },
            cancellationToken);
        return tally.ToReport(skipped);
    }

    private static (int[] Users, int Skipped) ChooseUsers(DatasetSplit split, EvaluationOptions options)
    {
        List<int> users = [];
        int skipped = 0;
        for (int user = 0; user < split.HeldOut.UserCount; user++)
        {
            if (split.HeldOut.ItemsOf(user).IsEmpty) continue;
            if (user < split.Train.UserCount) users.Add(user);
            else skipped++;
        }

        int[] chosen = [.. users];
        if (options.SampleUsers is not { } size || size >= chosen.Length) return (chosen, skipped);
        new Xoshiro256(options.Seed, 1).Shuffle(chosen.AsSpan());
        Array.Resize(ref chosen, size);
        Array.Sort(chosen);
        return (chosen, skipped);
    }

    /// <summary>Working memory of one thread.</summary>
    private sealed class BatchScratch(int batch, int items, IReadOnlyList<int> cutoffs)
    {
        public readonly float[] Scores = new float[(long)batch * items];
        public readonly int[] Top = new int[cutoffs[^1]];
    }

    /// <summary>Collects every user's figures; each user has a place of its own, so threads never meet.</summary>
    private sealed class Tally
    {
        private readonly IRankingModel _model;
        private readonly DatasetSplit _split;
        private readonly EvaluationOptions _options;
        private readonly int[] _users;
        private readonly byte[] _bands;
        private readonly double[][] _values;
        private readonly long[][] _given;

        public Tally(IRankingModel model, DatasetSplit split, EvaluationOptions options, int[] users)
        {
            _model = model;
            _split = split;
            _options = options;
            _users = users;
            _bands = PopularityBands.Of(split.Train.ItemCounts());
            int cutoffs = options.Cutoffs.Count;
            _values = [.. Enumerable.Range(0, cutoffs * (Kinds.Length + PopularityBands.Names.Length)).Select(_ => new double[users.Length])];
            _given = [.. Enumerable.Range(0, cutoffs).Select(_ => new long[model.ItemCount])];
        }

        public void Add(BatchScratch scratch, int from, int to)
        {
            int items = _model.ItemCount;
            Span<float> scores = scratch.Scores.AsSpan(0, (to - from) * items);
            _model.Score(_users.AsSpan(from, to - from), scores);
            for (int n = from; n < to; n++)
            {
                Span<float> row = scores.Slice((n - from) * items, items);
                foreach (int seen in _split.Train.ItemsOf(_users[n])) row[seen] = float.NegativeInfinity;
                int found = TopK.Select(row, scratch.Top);
                if (found < scratch.Top.Length && HasNaN(row))
                    throw new ArgumentException($"The model scores NaN for user '{_split.Train.Users[_users[n]]}'.");
                for (int c = 0; c < _options.Cutoffs.Count; c++)
                    Measure(n, c, scratch.Top.AsSpan(0, Math.Min(found, _options.Cutoffs[c])));
            }
        }

        public RankingReport ToReport(int skipped)
        {
            Dictionary<string, double> metrics = [];
            Dictionary<string, double[]> perUser = [];
            for (int c = 0; c < _options.Cutoffs.Count; c++)
            {
                int k = _options.Cutoffs[c];
                for (int kind = 0; kind < Kinds.Length; kind++) perUser[$"{Kinds[kind]}@{k}"] = Values(c, kind);
                for (int band = 0; band < PopularityBands.Names.Length; band++)
                    perUser[$"recall@{k}:{PopularityBands.Names[band]}"] = Values(c, Kinds.Length + band);
            }

            foreach ((string name, double[] values) in perUser) metrics[name] = Bootstrap.Mean(values);
            for (int c = 0; c < _options.Cutoffs.Count; c++)
            {
                metrics[$"coverage@{_options.Cutoffs[c]}"] = _given[c].Count(count => count > 0) / (double)_given[c].Length;
                metrics[$"gini@{_options.Cutoffs[c]}"] = PopularityBands.Gini(_given[c]);
            }

            return new RankingReport(metrics, Bootstrap.Intervals(perUser, _options), _users, perUser, skipped);
        }

        private static bool HasNaN(ReadOnlySpan<float> row)
        {
            foreach (float score in row)
            {
                if (float.IsNaN(score)) return true;
            }

            return false;
        }

        private double[] Values(int cutoff, int kind) => _values[(cutoff * (Kinds.Length + PopularityBands.Names.Length)) + kind];

        private void Measure(int n, int cutoff, ReadOnlySpan<int> top)
        {
            ReadOnlySpan<int> wanted = _split.HeldOut.ItemsOf(_users[n]);
            int k = _options.Cutoffs[cutoff];
            Span<int> bandHits = stackalloc int[PopularityBands.Names.Length];
            Span<int> bandWanted = stackalloc int[PopularityBands.Names.Length];
            // An item that the training vocabulary lacks has no popularity: it lies in the tail.
            foreach (int item in wanted) bandWanted[item < _bands.Length ? _bands[item] : ^1]++;
            int hits = 0;
            double gain = 0, ideal = 0, first = 0, precisions = 0;
            for (int rank = 1; rank <= top.Length; rank++)
            {
                int item = top[rank - 1];
                Interlocked.Increment(ref _given[cutoff][item]);
                if (wanted.BinarySearch(item) < 0) continue;
                hits++;
                bandHits[_bands[item]]++;
                gain += 1 / Math.Log2(rank + 1);
                precisions += (double)hits / rank;
                if (first == 0) first = 1.0 / rank;
            }

            int most = Math.Min(k, wanted.Length);
            for (int rank = 1; rank <= most; rank++) ideal += 1 / Math.Log2(rank + 1);
            double recall = (double)hits / wanted.Length, precision = (double)hits / k;
            Values(cutoff, 0)[n] = recall;
            Values(cutoff, 1)[n] = gain / ideal;
            Values(cutoff, 2)[n] = precision;
            Values(cutoff, 3)[n] = hits == 0 ? 0 : 2 * precision * recall / (precision + recall);
            Values(cutoff, 4)[n] = hits > 0 ? 1 : 0;
            Values(cutoff, 5)[n] = first;
            Values(cutoff, 6)[n] = precisions / most;
            for (int band = 0; band < bandHits.Length; band++)
                Values(cutoff, Kinds.Length + band)[n] = bandWanted[band] == 0 ? double.NaN : (double)bandHits[band] / bandWanted[band];
        }
    }
}
