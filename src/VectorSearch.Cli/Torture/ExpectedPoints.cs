namespace VectorSearch.Cli.Torture;

/// <summary>What a point is: the write that gave its vector, and the write that last changed its payload (0 for none since).</summary>
internal readonly record struct PointState(long Version, long Mark)
{
    /// <summary>The write that touched it last; writes are numbered from 1.</summary>
    public long Newest => Math.Max(Version, Mark);
}

/// <summary>
/// What each point may be: its acknowledged state, or what a write under way would make of it. A state is null for a point
/// that is not there.
/// </summary>
internal sealed class ExpectedPoints
{
    private readonly Dictionary<ulong, PointState> _acknowledged = [];
    private readonly Dictionary<int, List<(ulong Id, PointState? State)>> _pending = [];
    private readonly Lock _lock = new();

    /// <summary>How a point differs from what it may be.</summary>
    public enum Verdict
    {
        /// <summary>It does not.</summary>
        Right,

        /// <summary>It was acknowledged and is gone.</summary>
        Lost,

        /// <summary>It is there and should not be.</summary>
        Phantom,

        /// <summary>It is an older state.</summary>
        Stale,
    }

    /// <summary>A writer is about to write; its ids are nobody else's. It may begin more before it is answered.</summary>
    public void Begin(int writer, IEnumerable<(ulong Id, PointState? State)> changes)
    {
        lock (_lock)
        {
            if (!_pending.TryGetValue(writer, out List<(ulong, PointState?)>? open)) _pending[writer] = open = [];
            open.AddRange(changes);
        }
    }

    /// <summary>Everything that the writer began was acknowledged, in the order in which it was begun.</summary>
    public void Acknowledge(int writer)
    {
        lock (_lock)
        {
            _pending.Remove(writer, out List<(ulong Id, PointState? State)>? done);
            foreach ((ulong id, PointState? state) in done!) Set(id, state);
        }
    }

    /// <summary>The acknowledged state of a point.</summary>
    public PointState? Known(ulong id)
    {
        lock (_lock) return _acknowledged.TryGetValue(id, out PointState state) ? state : null;
    }

    /// <summary>Judges what was found, and takes it as the truth from here on.</summary>
    public Verdict Judge(ulong id, PointState? found)
    {
        lock (_lock)
        {
            PointState? expected = _acknowledged.TryGetValue(id, out PointState state) ? state : null;
            bool isPending = _pending.Values.Any(open => open.Contains((id, found)));
            Set(id, found);
            if (found == expected || isPending) return Verdict.Right;
            if (found is not { } present) return Verdict.Lost;
            return expected is null || present.Newest > expected.Value.Newest ? Verdict.Phantom : Verdict.Stale;
        }
    }

    /// <summary>After all points were judged: what was under way has been decided.</summary>
    public void Settle()
    {
        lock (_lock) _pending.Clear();
    }

    private void Set(ulong id, PointState? state)
    {
        if (state is { } present) _acknowledged[id] = present;
        else _acknowledged.Remove(id);
    }
}
