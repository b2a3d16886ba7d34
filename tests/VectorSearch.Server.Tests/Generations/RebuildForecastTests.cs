using VectorSearch.Collections;
using VectorSearch.Server.Generations;

namespace VectorSearch.Server.Tests.Generations;

/// <summary>How much of a rebuild is done, and how long the rest takes, on machines of any speed.</summary>
public sealed class RebuildForecastTests
{
    private static readonly RebuildPhase[] Phases = [.. Enum.GetValues<RebuildPhase>().Where(phase => phase != RebuildPhase.Done)];

    private sealed class HandClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Elapsed;
    }

    /// <summary>Goes through a rebuild whose phases take so many times what was expected.</summary>
    private static List<(double Fraction, double Told, double True)> Run(RebuildExtent extent, Func<RebuildPhase, double> slowness)
    {
        const int Steps = 50;
        HandClock clock = new();
        RebuildForecast forecast = new(extent, clock);
        double all = Phases.Sum(phase => extent.ExpectedSeconds(phase) * slowness(phase));
        List<(double, double, double)> told = [];
        foreach (RebuildPhase phase in Phases)
        {
            double seconds = extent.ExpectedSeconds(phase) * slowness(phase);
            TimeSpan began = clock.Elapsed;
            for (int step = 0; step <= Steps; step++)
            {
                clock.Elapsed = began + TimeSpan.FromSeconds(seconds * step / Steps);
                (double fraction, TimeSpan remaining) = forecast.At(phase, step, Steps);
                told.Add((fraction, remaining.TotalSeconds, all - clock.Elapsed.TotalSeconds));
            }
        }

        Assert.Equal((1, TimeSpan.Zero), forecast.At(RebuildPhase.Done, 1, 1));
        return told;
    }

    [Theory]
    [InlineData(IndexKind.Hnsw, 1_000_000, 0.5)]
    [InlineData(IndexKind.Hnsw, 5_000, 4)]
    [InlineData(IndexKind.Sealed, 1_000_000, 3)]
    [InlineData(IndexKind.Exact, 100_000, 1)]
    public void On_a_machine_that_is_slower_or_faster_throughout_the_rest_is_told_right_once_it_has_worked_a_little(IndexKind index, int points, double slowness)
    {
        List<(double Fraction, double Told, double True)> told = Run(new RebuildExtent(points, 128, index, 200, 1), _ => slowness);
        Assert.Equal(told.Select(one => one.Fraction).Order(), told.Select(one => one.Fraction));
        double all = told[0].True;
        foreach ((double fraction, double rest, double truth) in told.Where(one => one.True < 0.8 * all))
        {
            Assert.True(Math.Abs(rest - truth) <= 0.1 * all, $"told {rest:F1} s where it was {truth:F1} s of {all:F1} s");
            Assert.InRange(fraction, 1 - (truth / all) - 0.1, 1 - (truth / all) + 0.1);
        }
    }

    [Fact]
    public void Where_one_phase_takes_ten_times_as_long_as_expected_the_whole_never_runs_backwards()
    {
        List<(double Fraction, double Told, double True)> told = Run(new RebuildExtent(200_000, 64, IndexKind.Hnsw, 100, 2), phase => phase == RebuildPhase.Judging ? 10 : 1);
        Assert.Equal(told.Select(one => one.Fraction).Order(), told.Select(one => one.Fraction));
        Assert.All(told, one => Assert.InRange(one.Fraction, 0, 1));
    }
}
