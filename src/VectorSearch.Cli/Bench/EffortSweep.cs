using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary>Measures an index at every effort, and at the recalls that can be asked for.</summary>
internal static class EffortSweep
{
    private static readonly double[] Targets = [0.9, 0.95, 0.99];

    /// <summary>Searches at every effort, and prints each point.</summary>
    /// <param name="index">What is searched.</param>
    /// <param name="timer">With the queries.</param>
    /// <param name="k">Hits a query.</param>
    /// <param name="batch">True to hand over all queries in one call, where that is known to this kind of index.</param>
    public static List<CurvePoint> Run(IBenchedIndex index, SearchTimer timer, int k, bool batch = false)
    {
        var curve = new List<CurvePoint>();
        foreach (var effort in index.Efforts)
        {
            var result = batch && index.TrySearchMany([], k, effort, 0, [], [])
                ? timer.RunMany((queries, hits, outcomes) => index.TrySearchMany(queries, k, effort, 0, hits, outcomes))
                : timer.Run((query, hits) => index.Search(query, k, effort, hits));
            curve.Add(new CurvePoint(effort, result.Recall, result.Qps, result.QpsCpu, result.P50Micros, result.P99Micros, result.Distances));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"effort {effort,4}  recall {result.Recall:F4}  {result.QpsCpu,9:F0}/CPU s  {result.Qps,9:F0}/s  p50 {result.P50Micros:F1} us  p99 {result.P99Micros:F1} us  {result.Distances:F0} distances"));
        }

        return curve;
    }

    /// <summary>Searches for given recalls; empty if this kind of index has no such dial.</summary>
    public static List<TargetPoint> RunTargets(IBenchedIndex index, SearchTimer timer, int k, bool batch = false)
    {
        var points = new List<TargetPoint>();
        foreach (var target in Targets)
        {
            var supported = true;
            var result = batch && index.TrySearchMany([], k, 0, target, [], [])
                ? timer.RunMany((queries, hits, outcomes) => index.TrySearchMany(queries, k, 0, target, hits, outcomes))
                : timer.Run((query, hits) =>
            {
                supported &= index.TrySearch(query, k, target, hits, out var outcome);
                return outcome;
            });
            if (supported) points.Add(new TargetPoint(target, result.Recall, result.Qps, result.QpsCpu));
        }

        return points;
    }
}
