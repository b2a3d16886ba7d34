using System.Runtime.CompilerServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// Which slots a walk has seen: one byte a slot, equal to the walk's number when seen, so that a new walk costs nothing
/// but every 255th one, which wipes the bytes.
/// </summary>
internal sealed unsafe class VisitedSet : IDisposable
{
    private readonly NativeBuffer _tags;
    private byte _epoch;

    internal VisitedSet(int maxSlots) => _tags = new NativeBuffer(maxSlots);

    /// <summary>One byte a slot.</summary>
    internal byte* Tags => _tags.Start;

    /// <summary>The tag that means seen.</summary>
    internal byte Epoch => _epoch;

    /// <summary>Starts a walk over slots below <paramref name="slots"/>.</summary>
    internal void Begin(int slots)
    {
        _tags.Commit(slots);
        if (_epoch == byte.MaxValue)
        {
            new Span<byte>(_tags.Start, checked((int)Math.Min(_tags.Committed, int.MaxValue))).Clear();
            _epoch = 0;
        }

        _epoch++;
    }

    /// <summary>Marks a slot; false if it was marked already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryMark(int slot)
    {
        if (_tags.Start[slot] == _epoch) return false;
        _tags.Start[slot] = _epoch;
        return true;
    }

    public void Dispose() => _tags.Dispose();
}
