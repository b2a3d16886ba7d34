using System.Diagnostics;

namespace VectorSearch.Cli.Torture;

/// <summary>Looks at the memory of a process at even distances, and says whether it grows.</summary>
internal sealed class WorkingSetWatch(Func<long> workingSet, TimeSpan duration)
{
    private const int Looks = 200;

    private readonly List<long> _seen = [];

    /// <summary>
    /// By how much the mean of the last quarter differs from that of the quarter before, as a share: the first half is for
    /// pools and caches to fill. 0 with too few looks to say.
    /// </summary>
    public double Drift
    {
        get
        {
            int quarter = _seen.Count / 4;
            return quarter == 0 ? 0 : (_seen[^quarter..].Average() / _seen[^(2 * quarter)..^quarter].Average()) - 1;
        }
    }

    /// <summary>Looks until the time is over.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < duration;)
        {
            await Task.Delay(duration / Looks, cancellation);
            _seen.Add(workingSet());
        }
    }
}
