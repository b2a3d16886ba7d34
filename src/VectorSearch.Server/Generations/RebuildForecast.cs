using VectorSearch.Collections;

namespace VectorSearch.Server.Generations;

/// <summary>
/// How much of a rebuild is done and how long the rest will take. Each phase has an expected time, from what it has to do on
/// a processor of today; how long the phases so far took tells how much faster or slower this machine is. Not safe for use
/// by several threads at once.
/// </summary>
internal sealed class RebuildForecast
{
    /// <summary>A part of all that was expected counts as done in time from the start, so that the first moments tell no nonsense.</summary>
    private const double Confidence = 0.02;

    /// <summary>Part of a phase from which on its own speed is believed.</summary>
    private const double Telling = 0.02;

    private readonly TimeProvider _time;
    private readonly DateTimeOffset _began;
    private readonly double[] _expected;
    private readonly double _all;
    private RebuildPhase _phase = RebuildPhase.Planning;
    private DateTimeOffset _phaseBegan;
    private double _fraction;

    /// <summary>A forecast for a rebuild that begins now.</summary>
    /// <param name="work">What it has to do.</param>
    /// <param name="time">The clock.</param>
    public RebuildForecast(RebuildExtent work, TimeProvider time)
    {
        _time = time;
        _began = _phaseBegan = time.GetUtcNow();
        _expected = [.. Enum.GetValues<RebuildPhase>().Order().Select(work.ExpectedSeconds)];
        _all = _expected.Sum();
    }

    /// <summary>Takes note of a report of the rebuild.</summary>
    /// <param name="phase">What it does.</param>
    /// <param name="done">Units done of this phase.</param>
    /// <param name="total">Units of this phase; 0 if not known.</param>
    /// <returns>How much of the whole is done, which never falls, and how long the rest will take.</returns>
    public (double Fraction, TimeSpan Remaining) At(RebuildPhase phase, long done, long total)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (phase != _phase) (_phase, _phaseBegan) = (phase, now);
        int index = (int)phase - 1;
        double part = total > 0 ? Math.Clamp((double)done / total, 0, 1) : 0;
        double before = _expected.Take(index).Sum(), here = _expected[index], after = _all - before - here;
        double elapsed = (now - _began).TotalSeconds, elapsedHere = (now - _phaseBegan).TotalSeconds;
        double slowness = (elapsed + (Confidence * _all)) / (before + (part * here) + (Confidence * _all));
        double restHere = part >= Telling ? elapsedHere * (1 - part) / part : slowness * here * (1 - part);
        double rest = phase == RebuildPhase.Done ? 0 : restHere + (slowness * after);
        double fraction = rest <= 0 ? 1 : elapsed / (elapsed + rest);
        _fraction = Math.Max(_fraction, fraction);
        return (_fraction, TimeSpan.FromSeconds(rest));
    }
}

/// <summary>What a rebuild has to do, as far as its time goes.</summary>
/// <param name="Points">Points that are carried over.</param>
/// <param name="Dimension">Coordinates of a new vector.</param>
/// <param name="Index">What is built.</param>
/// <param name="EfConstruction">Candidates kept while inserting into a graph.</param>
/// <param name="Processors">Processors that it may keep busy.</param>
internal readonly record struct RebuildExtent(long Points, int Dimension, IndexKind Index, int EfConstruction, double Processors)
{
    /// <summary>Seconds that a phase is expected to take on a processor of today; only how they compare matters.</summary>
    public double ExpectedSeconds(RebuildPhase phase)
    {
        double coordinates = (double)Points * Dimension;
        return phase switch
        {
            RebuildPhase.Planning => Points * 0.5e-6,
            RebuildPhase.Embedding => 0.01 + (((Points * 2e-6) + (coordinates * 10e-9)) / Processors),
            RebuildPhase.Building => 0.01 + (Building(coordinates) / Processors),
            RebuildPhase.CatchingUp => 0.05 + (Points * 1e-6),
            RebuildPhase.Saving => 0.1 + (coordinates * 15e-9),
            RebuildPhase.Warming => 0.2,
            RebuildPhase.Judging => 1 + (GateQuestionsAsked(coordinates) * coordinates * 2e-9),
            RebuildPhase.Exchanging => 0.02,
            _ => 0,
        };
    }

    private double Building(double coordinates) => Index switch
    {
        IndexKind.Hnsw => Points * EfConstruction * Math.Log2(Points + 2.0) * (0.06e-6 + (Dimension * 0.7e-9)),
        IndexKind.Sealed => coordinates * 0.7e-6,
        _ => coordinates * 5e-9,
    };

    private static int GateQuestionsAsked(double coordinates) =>
        Gate.GateQuestions.Affordable((long)(2 * coordinates), Gate.GateRules.LeastQueries, Gate.GateRules.DefaultQueries);
}
