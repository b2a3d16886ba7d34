namespace VectorSearch.Index;

/// <summary>
/// While it is held, no slot that was live when it was taken is given to another vector. Take one around a search and
/// the look-up of what its slots stand for; a lease held for long keeps removed slots from being reused.
/// </summary>
public readonly struct SlotLease : IDisposable, IEquatable<SlotLease>
{
    private readonly SearchScratch? _scratch;
    private readonly Layer? _layer;

    internal SlotLease(SearchScratch scratch) => _scratch = scratch;

    internal SlotLease(Layer held) => _layer = held;

    /// <summary>Ends the lease. Only once.</summary>
    public void Dispose()
    {
        if (_scratch is not null) ScratchPool.Return(_scratch);
        _layer?.Release();
    }

    /// <inheritdoc/>
    public bool Equals(SlotLease other) => ReferenceEquals(_scratch, other._scratch) && ReferenceEquals(_layer, other._layer);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SlotLease other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_scratch, _layer);

    /// <summary>Whether both are the same lease.</summary>
    public static bool operator ==(SlotLease left, SlotLease right) => left.Equals(right);

    /// <summary>Whether they are different leases.</summary>
    public static bool operator !=(SlotLease left, SlotLease right) => !left.Equals(right);
}
