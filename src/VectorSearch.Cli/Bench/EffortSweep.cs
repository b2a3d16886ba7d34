using System.Globalization;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>
/// Measures an index at every effort, and at the recalls that can be asked for. Every point is timed in several short rounds,
/// one point after the other by rising recall within a round, and stands for its median: a search for a recall is timed beside
/// the efforts that it is compared with, and what the machine does for a moment does not decide between two points.
/// </summary>
/// <param name="index">What is searched.</param>
/// <param name="timer">With the queries.</param>
/// <param name="k">Hits a query.</param>
/// <param name="batch">True to hand over all queries in one call, where this kind of index can.</param>
internal sealed class EffortSweep(IBenchedIndex index, SearchTimer timer, int k, bool batch = false)
{
    /// <summary>The recalls that are asked for.</summary>
    public static readonly double[] Targets = [0.9, 0.95, 0.99];

    /// <summary>Rounds of every point, and of those that take long.</summary>
    private const int Rounds = 5, LeastRounds = 3;

    /// <summary>Least seconds of a round, and seconds after which a point has taken long.</summary>
    private const double RoundSeconds = 0.08, LongSeconds = 1;

    private readonly List<MeasuredPoint> _points = [];

    /// <summary>Judges and times one index.</summary>
    public static EffortSweep Run(IBenchedIndex index, SearchTimer timer, int k, bool batch = false)
    {
        var sweep = new EffortSweep(index, timer, k, batch);
        sweep.Judge();
        Time(sweep);
        return sweep;
    }

    /// <summary>What each effort gives.</summary>
    public List<CurvePoint> Curve => [.. _points.Where(p => p.Target == 0).OrderBy(p => p.Request.Effort).Select(p => p.ToCurve())];

    /// <summary>What is got by asking for a recall; empty if this kind of index has no such dial.</summary>
    public List<TargetPoint> AtTargets
    {
        get
        {
            var curve = Curve;
            return [.. _points.Where(p => p.Target > 0).OrderBy(p => p.Target).Select(p => p.ToTarget(curve))];
        }
    }

    /// <summary>Searches at every point once, to see what it finds.</summary>
    public void Judge()
    {
        foreach (var effort in index.Efforts) Judge(0, new SealedRequest(k) { Effort = effort });
        foreach (var target in index.HasRecallDial ? Targets : []) Judge(target, new SealedRequest(k) { TargetRecall = target });
        _points.Sort((a, b) => (a.Found.Recall, a.Found.Distances).CompareTo((b.Found.Recall, b.Found.Distances)));
    }

    /// <summary>Times the points of some indexes that have been judged, in turn.</summary>
    public static void Time(params EffortSweep[] sweeps)
    {
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < sweeps.Max(s => s._points.Count); i++)
            {
                foreach (var sweep in sweeps)
                    if (i < sweep._points.Count && (round < LeastRounds || sweep._points[i].Seconds < LongSeconds)) sweep.Time(sweep._points[i]);
            }

            foreach (var sweep in sweeps) sweep.NoteMemory();
        }
    }

    /// <summary>Prints every point.</summary>
    public void Print()
    {
        foreach (var point in Curve)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"effort {point.Effort,4}  recall {point.Recall:F4}  {point.QpsCpu,9:F0}/CPU s  {point.Qps,9:F0}/s  p50 {point.P50Us:F1} us  p99 {point.P99Us:F1} us  {point.Distances:F0} distances"));
        }

        foreach (var point in AtTargets)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"asked {point.Asked}: got {point.Got:F4}, {point.QpsCpu:F0}/CPU s, {point.OfCurve:F2} x the efforts beside it, {point.OfBest:F2} x the best there"));
        }
    }

    private void Judge(double target, SealedRequest request)
    {
        Action pass = batch && index.TakesBatches
            ? () => timer.PassMany((queries, hits, outcomes) => index.SearchMany(queries, request, hits, outcomes))
            : () => timer.Pass((query, hits) => index.Search(query, request, hits));
        _points.Add(new MeasuredPoint(target, request, pass, timer.Judge(pass)));
    }

    private void Time(MeasuredPoint point)
    {
        var speed = timer.Time(point.Pass, RoundSeconds);
        point.Seconds += speed.Seconds;
        point.Speeds.Add(speed);
    }

    private void NoteMemory() => timer.NoteMemory();

    private sealed record MeasuredPoint(double Target, SealedRequest Request, Action Pass, Finding Found)
    {
        public double Seconds { get; set; }

        public List<Speed> Speeds { get; } = [];

        public CurvePoint ToCurve() => new(
            Request.Effort, Found.Recall, Median(s => s.Qps), Median(s => s.QpsCpu), Median(s => s.P50Micros), Median(s => s.P99Micros), Found.Distances);

        public TargetPoint ToTarget(IReadOnlyList<CurvePoint> curve)
        {
            var speed = Median(s => s.QpsCpu);
            return new TargetPoint(
                Target, Found.Recall, Median(s => s.Qps), speed, speed / RecallCurve.SpeedBeside(curve, Found.Recall), speed / RecallCurve.SpeedAt(curve, Found.Recall));
        }

        private double Median(Func<Speed, double> of)
        {
            var sorted = Speeds.Select(of).Order().ToArray();
            return sorted[sorted.Length / 2];
        }
    }
}
