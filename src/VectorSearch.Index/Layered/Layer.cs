using VectorSearch.Index.Sealed;

namespace VectorSearch.Index;

/// <summary>
/// A sealed index and what became of it since. It is held by whoever uses it, and given back when the last holder has let
/// go: a search that began before another layer took its place ends on this one.
/// </summary>
internal sealed class Layer(SealedIndex rows)
{
    private int _holders = 1;

    public SealedIndex Rows { get; } = rows;

    public RowChanges Changes { get; } = new(rows);

    /// <summary>True once nobody holds it.</summary>
    public bool IsGone => Volatile.Read(ref _holders) == 0;

    /// <summary>Holds it until <see cref="Release"/>; false if it is gone.</summary>
    public bool TryHold()
    {
        var holders = Volatile.Read(ref _holders);
        while (holders > 0)
        {
            var before = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (before == holders) return true;
            holders = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0) return;
        Changes.Dispose();
        Rows.Dispose();
    }

    /// <summary>Reads the row at a place as it is kept.</summary>
    public void Read(int place, Span<float> vector)
    {
        if (place < Rows.Count) Rows.ReadPlace(place, vector);
        else Changes.Added[place - Rows.Count].CopyTo(vector);
    }
}
