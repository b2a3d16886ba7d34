using System.Globalization;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>Measures an index at every effort, and at the recalls that can be asked for.</summary>
/// <param name="index">What is searched.</param>
/// <param name="timer">With the queries.</param>
/// <param name="k">Hits a query.</param>
/// <param name="batch">True to hand over all queries in one call, where this kind of index can.</param>
internal sealed class EffortSweep(IBenchedIndex index, SearchTimer timer, int k, bool batch = false)
{
    /// <summary>The recalls that are asked for.</summary>
    public static readonly double[] Targets = [0.9, 0.95, 0.99];

    /// <summary>Searches at every effort, and prints each point.</summary>
    public List<CurvePoint> Run()
    {
        var curve = new List<CurvePoint>();
        foreach (var effort in index.Efforts)
        {
            var result = Measure(new SealedRequest(k) { Effort = effort });
            curve.Add(new CurvePoint(effort, result.Recall, result.Qps, result.QpsCpu, result.P50Micros, result.P99Micros, result.Distances));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"effort {effort,4}  recall {result.Recall:F4}  {result.QpsCpu,9:F0}/CPU s  {result.Qps,9:F0}/s  p50 {result.P50Micros:F1} us  p99 {result.P99Micros:F1} us  {result.Distances:F0} distances"));
        }

        return curve;
    }

    /// <summary>Searches for given recalls, and prints what was got; empty if this kind of index has no such dial.</summary>
    /// <param name="curve">What <see cref="Run"/> measured of the same index.</param>
    public List<TargetPoint> RunTargets(IReadOnlyList<CurvePoint> curve)
    {
        var points = new List<TargetPoint>();
        foreach (var target in index.HasRecallDial ? Targets : [])
        {
            var result = Measure(new SealedRequest(k) { TargetRecall = target });
            var there = RecallCurve.SpeedAt(curve, result.Recall, perCpu: true);
            points.Add(new TargetPoint(target, result.Recall, result.Qps, result.QpsCpu, result.QpsCpu / there));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"asked {target}: got {result.Recall:F4}, {result.QpsCpu:F0}/CPU s, {(there is { } speed ? $"{result.QpsCpu / speed:F2} x the curve's speed there" : "beyond the curve")}"));
        }

        return points;
    }

    private SweepResult Measure(SealedRequest request) => batch && index.TakesBatches
        ? timer.RunMany((queries, hits, outcomes) => index.SearchMany(queries, request, hits, outcomes))
        : timer.Run((query, hits) => index.Search(query, request, hits));
}
