namespace VectorSearch.Index;

/// <summary>
/// The scratch objects of an index and its epochs. Every operation that follows links holds a scratch, which notes the
/// epoch in which it began; a slot taken out of the graph in epoch e may be reused once every operation that began in e
/// or before has ended. As in epoch-based reclamation (Fraser, "Practical lock-freedom", 2004), searches wait for nothing.
/// </summary>
internal sealed class ScratchPool(int paddedDimension, int maxSlots) : IDisposable
{
    private readonly Lock _growth = new();
    private SearchScratch[] _all = [];
    private long _epoch;

    /// <summary>Takes a scratch and enters the current epoch.</summary>
    internal SearchScratch Rent()
    {
        SearchScratch scratch = FindIdle() ?? Grow();
        // A full fence: whatever this operation reads, it reads after the epoch is visible to those who reclaim.
        Interlocked.Exchange(ref scratch.EnteredEpoch, Volatile.Read(ref _epoch));
        scratch.Distances = 0;
        scratch.Hops = 0;
        return scratch;
    }

    /// <summary>Gives a scratch back and leaves its epoch.</summary>
    internal static void Return(SearchScratch scratch)
    {
        Volatile.Write(ref scratch.EnteredEpoch, SearchScratch.Idle);
        Volatile.Write(ref scratch.Busy, 0);
    }

    /// <summary>Ends the current epoch and returns its number; operations that begin afterwards have a greater one.</summary>
    internal long EndEpoch() => Interlocked.Increment(ref _epoch) - 1;

    /// <summary>The least epoch that a running operation began in; the next epoch when none runs.</summary>
    internal long OldestActiveEpoch()
    {
        Interlocked.MemoryBarrier();
        long oldest = Volatile.Read(ref _epoch);
        foreach (SearchScratch scratch in Volatile.Read(ref _all)) oldest = Math.Min(oldest, Volatile.Read(ref scratch.EnteredEpoch));
        return oldest;
    }

    public void Dispose()
    {
        foreach (SearchScratch scratch in _all) scratch.Dispose();
        _all = [];
    }

    private SearchScratch? FindIdle()
    {
        SearchScratch[] all = Volatile.Read(ref _all);
        if (all.Length == 0) return null;
        int start = Environment.CurrentManagedThreadId % all.Length;
        for (int i = 0; i < all.Length; i++)
        {
            int at = start + i;
            SearchScratch scratch = all[at < all.Length ? at : at - all.Length];
            if (Volatile.Read(ref scratch.Busy) == 0 && Interlocked.CompareExchange(ref scratch.Busy, 1, 0) == 0) return scratch;
        }

        return null;
    }

    private SearchScratch Grow()
    {
        SearchScratch scratch = new(paddedDimension, maxSlots) { Busy = 1 };
        lock (_growth) Volatile.Write(ref _all, [.. _all, scratch]);
        return scratch;
    }
}
