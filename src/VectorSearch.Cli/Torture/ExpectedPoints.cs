namespace VectorSearch.Cli.Torture;

/// <summary>
/// What each point may be: its acknowledged version, or what a write under way would make of it. A version is null for a
/// point that is not there.
/// </summary>
internal sealed class ExpectedPoints
{
    private readonly Dictionary<ulong, long> _acknowledged = [];
    private readonly Dictionary<int, Pending> _pending = [];
    private readonly Lock _lock = new();

    private sealed record Pending(IReadOnlyList<ulong> Ids, long? Version);

    /// <summary>How a point differs from what it may be.</summary>
    public enum Verdict
    {
        /// <summary>It does not.</summary>
        Right,

        /// <summary>It was acknowledged and is gone.</summary>
        Lost,

        /// <summary>It is there and should not be.</summary>
        Phantom,

        /// <summary>It is an older version.</summary>
        Stale,
    }

    /// <summary>A writer is about to write; it has one write at a time, and its ids are nobody else's.</summary>
    public void Begin(int writer, IReadOnlyList<ulong> ids, long? version)
    {
        lock (_lock) _pending[writer] = new Pending(ids, version);
    }

    /// <summary>The writer's write was acknowledged.</summary>
    public void Acknowledge(int writer)
    {
        lock (_lock)
        {
            Pending write = _pending[writer];
            _pending.Remove(writer);
            foreach (ulong id in write.Ids) Set(id, write.Version);
        }
    }

    /// <summary>Judges what was found, and takes it as the truth from here on.</summary>
    public Verdict Judge(ulong id, long? found)
    {
        lock (_lock)
        {
            long? expected = _acknowledged.TryGetValue(id, out long version) ? version : null;
            bool isPending = _pending.Values.Any(write => write.Ids.Contains(id) && write.Version == found);
            Set(id, found);
            if (found == expected || isPending) return Verdict.Right;
            if (found is null) return Verdict.Lost;
            return expected is null || found > expected ? Verdict.Phantom : Verdict.Stale;
        }
    }

    /// <summary>After all points were judged: what was under way has been decided.</summary>
    public void Settle()
    {
        lock (_lock) _pending.Clear();
    }

    private void Set(ulong id, long? version)
    {
        if (version is { } present) _acknowledged[id] = present;
        else _acknowledged.Remove(id);
    }
}
