using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary><c>vectorsearch bench filter</c>: recall and time under filters, against an exact scan of the matches.</summary>
internal static class FilterCommand
{
    private const int Queries = 40;
    private const int Repeats = 3;

    /// <summary>Asked for where times are taken.</summary>
    private const double Recall = 0.95;

    private static readonly double[] Selectivities = [0.5, 0.1, 0.01, 0.001];

    public static Command Create()
    {
        var options = new BenchOptions();
        Command command = new("filter", "Measure searches under filters, random and farthest from the query, against an exact scan of the matches.");
        options.AddTo(command);
        command.SetAction(parsed => BadOptions.Report(() => Run(options.Read(parsed))));
        return command;
    }

    private static void Run(BenchSettings settings)
    {
        using var data = BenchData.Open(settings);
        var (index, build) = BenchedIndexes.Build(settings);
        using (index)
        using (var rows = VectorFile.ReadFloats(settings.Base))
        {
            Warm(index, data, settings.K);
            var points = new List<FilterPoint>();
            foreach (var selectivity in Selectivities) points.Add(Measure(index, data, settings, selectivity, "random", RandomFilter(rows.Rows, selectivity, settings.Seed)));
            foreach (var selectivity in Selectivities) points.Add(Measure(index, data, settings, selectivity, "anti", Farthest(rows, data, settings.Metric, selectivity)));
            foreach (var p in points)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{p.Correlation,-6} {p.Selectivity,6:P1}  recall {p.Recall:F4} (worst {p.WorstRecall:F1})  {p.Us,9:F1} us, exact scan {p.ExactUs,9:F1} us, ratio {p.TimeRatio:F2}  short {p.ShortAnswers}  scanned {p.Scanned:P0}{string.Concat(p.TargetRecall.Select(t => string.Create(CultureInfo.InvariantCulture, $"  {t.Asked}: {t.Got:F3}")))}"));
            }

            if (settings.Json)
            {
                Console.WriteLine(JsonLine.Of(new
                {
                    n = data.Rows, dim = data.Dimension, metric = settings.MetricName, k = settings.K, kind = index.Kind, memory = settings.Memory,
                    queries = Math.Min(Queries, data.Queries.Rows), build, points,
                }));
            }
        }
    }

    private static Func<int, SlotSet> RandomFilter(int rows, double selectivity, ulong seed)
    {
        var random = new Xoshiro256(seed, 0xF2);
        var filter = new SlotSet(rows);
        while (filter.Count < Math.Max(1, (int)(rows * selectivity))) filter.Add(random.NextInt(rows));
        return _ => filter;
    }

    /// <summary>For each query the share of the rows that is farthest from it: no match is where a search looks first.</summary>
    private static Func<int, SlotSet> Farthest(RowMatrix<float> rows, BenchData data, Metric metric, double selectivity) => query =>
    {
        var distances = new float[rows.Rows];
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = metric switch
            {
                Metric.SquaredEuclidean => VectorMath.SquaredDistance(data.Queries[query], rows[i]),
                Metric.Cosine => -VectorMath.Dot(data.Queries[query], rows[i]) / MathF.Sqrt(VectorMath.NormSquared(rows[i])),
                _ => -VectorMath.Dot(data.Queries[query], rows[i]),
            };
        }

        var order = Enumerable.Range(0, rows.Rows).ToArray();
        Array.Sort((float[])distances.Clone(), order);
        return new SlotSet(order.Skip(rows.Rows - Math.Max(1, (int)(rows.Rows * selectivity))));
    };

    private static FilterPoint Measure(
        IBenchedIndex index, BenchData data, BenchSettings settings, double selectivity, string correlation, Func<int, SlotSet> filterFor)
    {
        var count = Math.Min(Queries, data.Queries.Rows);
        Neighbor[] exact = new Neighbor[settings.K], hits = new Neighbor[settings.K];
        double[] targets = index.HasRecallDial ? EffortSweep.Targets : [];
        var rightFor = new double[targets.Length];
        double right = 0, wanted = 0, worst = 1;
        long ticks = 0, exactTicks = 0;
        int shortAnswers = 0, scanned = 0;
        for (var q = 0; q < count; q++)
        {
            var filter = filterFor(q);
            var request = new SealedRequest(settings.K) { Filter = filter, TargetRecall = Recall };
            SearchOutcome outcome = default, truth = default;
            long best = long.MaxValue, bestExact = long.MaxValue;
            for (var repeat = 0; repeat < Repeats; repeat++)
            {
                var start = Stopwatch.GetTimestamp();
                truth = index.Search(data.Queries[q], request with { Exact = true }, exact);
                bestExact = Math.Min(bestExact, Stopwatch.GetTimestamp() - start);
                start = Stopwatch.GetTimestamp();
                outcome = index.Search(data.Queries[q], request, hits);
                best = Math.Min(best, Stopwatch.GetTimestamp() - start);
            }

            var bound = exact[truth.Count - 1].Distance;
            var found = CountRight(hits.AsSpan(0, outcome.Count), bound);
            (right, wanted, worst) = (right + found, wanted + truth.Count, Math.Min(worst, (double)found / truth.Count));
            (ticks, exactTicks) = (ticks + best, exactTicks + bestExact);
            if (outcome.Count < Math.Min(settings.K, filter.Count)) shortAnswers++;
            if (outcome.Scanned) scanned++;
            for (var t = 0; t < targets.Length; t++)
                rightFor[t] += CountRight(hits.AsSpan(0, index.Search(data.Queries[q], request with { TargetRecall = targets[t] }, hits).Count), bound);
        }

        return new FilterPoint(
            selectivity, correlation, right / wanted, worst, Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds / count,
            Stopwatch.GetElapsedTime(0, exactTicks).TotalMicroseconds / count, (double)ticks / exactTicks, shortAnswers, (double)scanned / count,
            [.. targets.Select((asked, t) => new FilterTarget(asked, rightFor[t] / wanted))]);
    }

    private static int CountRight(ReadOnlySpan<Neighbor> hits, float bound)
    {
        var right = 0;
        foreach (var hit in hits) if (hit.Distance <= bound + (MathF.Abs(bound) * 1e-6f)) right++;
        return right;
    }

    private static void Warm(IBenchedIndex index, BenchData data, int k)
    {
        var few = new SlotSet(Enumerable.Range(0, Math.Min(1_000, data.Rows)));
        var many = new SlotSet(Enumerable.Range(0, data.Rows / 2));
        var hits = new Neighbor[k];
        var clock = Stopwatch.StartNew();
        for (var i = 0; clock.Elapsed.TotalSeconds < 2; i++)
        {
            var query = data.Queries[i % data.Queries.Rows];
            index.Search(query, new SealedRequest(k) { Filter = few, Exact = true }, hits);
            index.Search(query, new SealedRequest(k) { Filter = many, TargetRecall = Recall }, hits);
        }
    }
}

/// <summary>What searches under one filter, or one filter a query, did.</summary>
/// <param name="Selectivity">Share of the rows that match.</param>
/// <param name="Correlation">random, or anti for the rows farthest from the query.</param>
/// <param name="Recall">Mean.</param>
/// <param name="WorstRecall">Of a single query.</param>
/// <param name="Us">Microseconds of a search for recall 0.95.</param>
/// <param name="ExactUs">Microseconds of an exact scan of the matches.</param>
/// <param name="TimeRatio">The one over the other.</param>
/// <param name="ShortAnswers">Answers with fewer hits than there are matches.</param>
/// <param name="Scanned">Share of the searches that ended in a scan of the matches.</param>
/// <param name="TargetRecall">What was got for each recall asked.</param>
internal sealed record FilterPoint(
    double Selectivity, string Correlation, double Recall, double WorstRecall, double Us, double ExactUs, double TimeRatio, int ShortAnswers, double Scanned,
    IReadOnlyList<FilterTarget> TargetRecall);

internal sealed record FilterTarget(double Asked, double Got);
