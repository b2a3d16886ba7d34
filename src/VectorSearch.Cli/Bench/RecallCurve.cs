using System.Globalization;

namespace VectorSearch.Cli.Bench;

/// <summary>Reads speeds at given recalls off a measured curve.</summary>
internal static class RecallCurve
{
    /// <summary>The recalls that reports state.</summary>
    public static readonly double[] Levels = [0.9, 0.95, 0.99, 0.999];

    /// <summary>
    /// Queries a CPU second (a wall second with several threads) at each level, interpolated in the logarithm between the
    /// neighbouring points of the envelope; null where it is not reached.
    /// </summary>
    public static (Dictionary<string, double?> At, List<string> ExceededAtMin) Read(IReadOnlyList<CurvePoint> curve, bool perCpu)
    {
        var at = new Dictionary<string, double?>();
        var exceeded = new List<string>();
        foreach (var level in Levels)
        {
            var name = level.ToString(CultureInfo.InvariantCulture);
            at[name] = Interpolate(Envelope(curve, perCpu), level, out var beyondMin);
            if (beyondMin) exceeded.Add(name);
        }

        return (at, exceeded);
    }

    /// <summary>The same at one recall, a CPU second.</summary>
    public static double? SpeedAt(IReadOnlyList<CurvePoint> curve, double recall) => Interpolate(Envelope(curve, perCpu: true), recall, out _);

    /// <summary>
    /// Queries a CPU second at a recall, interpolated in the logarithm between the nearest efforts that give less and more, lucky
    /// ones or not; null at either end.
    /// </summary>
    public static double? SpeedBeside(IReadOnlyList<CurvePoint> curve, double recall)
    {
        var points = curve.Where(p => p.Recall != recall).Select(p => (p.Recall, Qps: p.QpsCpu)).OrderBy(p => p.Recall).ToList();
        return points.Count == 0 || points[0].Recall > recall ? null : Interpolate(points, recall, out _);
    }

    /// <summary>The points that no other beats in both recall and speed, by rising recall.</summary>
    private static List<(double Recall, double Qps)> Envelope(IReadOnlyList<CurvePoint> curve, bool perCpu)
    {
        var points = curve.Select(p => (p.Recall, Qps: perCpu ? p.QpsCpu : p.Qps)).OrderByDescending(p => p.Recall).ThenByDescending(p => p.Qps);
        var kept = new List<(double Recall, double Qps)>();
        foreach (var point in points)
            if (kept.Count == 0 || point.Qps > kept[^1].Qps) kept.Add(point);
        kept.Reverse();
        return kept;
    }

    private static double? Interpolate(List<(double Recall, double Qps)> points, double level, out bool exceededAtMin)
    {
        exceededAtMin = points.Count > 0 && points[0].Recall > level;
        if (points.Count == 0 || points[^1].Recall < level) return null;
        if (points[0].Recall >= level) return points[0].Qps;
        var above = points.FindIndex(p => p.Recall >= level);
        var (low, high) = (points[above - 1], points[above]);
        var share = (level - low.Recall) / (high.Recall - low.Recall);
        return Math.Exp(((1 - share) * Math.Log(low.Qps)) + (share * Math.Log(high.Qps)));
    }
}
