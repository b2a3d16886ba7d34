namespace VectorSearch.Server.Overload;

/// <summary>
/// Bytes of replies that wait for their callers to read them. A call leaves its place (<see cref="AdmissionQueue"/>) when its
/// reply is made: callers that do not read would otherwise keep everybody's. What such replies may hold is bounded here instead.
/// </summary>
/// <param name="most">Bytes, over all calls.</param>
internal sealed class UnwrittenReplies(long most)
{
    /// <summary>A reply that the buffer of its stream holds is written at once, whether or not it is read.</summary>
    public const int Buffered = 64 << 10;

    private long _bytes;

    /// <summary>Bytes held now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Holds a reply; false if there are too many already. A reply greater than the limit may be the only one.</summary>
    public bool TryHold(int bytes)
    {
        if (bytes <= Buffered) return true;
        long all = Interlocked.Add(ref _bytes, bytes);
        if (all <= most || all == bytes) return true;
        Interlocked.Add(ref _bytes, -bytes);
        return false;
    }

    /// <summary>Lets go of a reply that was held.</summary>
    public void Release(int bytes)
    {
        if (bytes > Buffered) Interlocked.Add(ref _bytes, -bytes);
    }
}
