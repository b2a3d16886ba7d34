using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace VectorSearch.Collections;

/// <summary>What a call has cost so far, and where its time went.</summary>
internal sealed class SearchTally
{
    private PhaseTicks _ticks;
    private long _since = Stopwatch.GetTimestamp();

    public enum Phase
    {
        Encode,
        Filter,
        Search,
        Choose,
        Gather,
    }

    public long Distances { get; set; }

    public long Hops { get; set; }

    /// <summary>Searches that compared all points.</summary>
    public int Scans { get; set; }

    public QueryPhases Phases => new(Time(Phase.Encode), Time(Phase.Filter), Time(Phase.Search), Time(Phase.Choose), Time(Phase.Gather));

    /// <summary>The time since the last mark was this phase's.</summary>
    public void Mark(Phase phase)
    {
        long now = Stopwatch.GetTimestamp();
        _ticks[(int)phase] += now - _since;
        _since = now;
    }

    private TimeSpan Time(Phase phase) => Stopwatch.GetElapsedTime(0, _ticks[(int)phase]);

    [InlineArray(5)]
    private struct PhaseTicks
    {
        private long _first;
    }
}
