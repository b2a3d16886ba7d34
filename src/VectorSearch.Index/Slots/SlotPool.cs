using VectorSearch.Index.Sealed;

namespace VectorSearch.Index;

/// <summary>
/// Hands out the slots of a <see cref="LayeredIndex"/>: those that were never used below the bound it began with, those that
/// a sealing freed, then new ones. What a sealing freed waits until the layer that it replaced is gone, since a search on
/// that may still name such a slot.
/// </summary>
internal sealed class SlotPool
{
    private readonly Lock _lock = new();
    private readonly SlotSet _takenAtFirst;
    private readonly int _firstBound;
    private readonly Stack<int> _freed = new();
    private readonly Queue<(Layer Layer, int[] Slots)> _waiting = new();
    private int _cursor;
    private int _untakenLeft;
    private int _bound;

    /// <summary>The slots of an index as it is opened.</summary>
    /// <param name="layer">Whose rows have slots.</param>
    /// <param name="bound">All slots ever used are below.</param>
    public SlotPool(Layer layer, int bound)
    {
        _firstBound = _bound = bound;
        _takenAtFirst = new SlotSet(bound);
        for (var place = 0; place < layer.Changes.PlaceCount; place++) _takenAtFirst.Add(layer.Changes.SlotOf(place));
        _untakenLeft = bound - _takenAtFirst.Count;
    }

    /// <summary>All slots ever used are below.</summary>
    public int Bound => Volatile.Read(ref _bound);

    /// <summary>How many slots below the bound are free.</summary>
    public int FreeCount
    {
        get
        {
            lock (_lock)
            {
                Settle();
                return _freed.Count + _untakenLeft;
            }
        }
    }

    /// <exception cref="InvalidOperationException">Every slot is taken.</exception>
    public int Take()
    {
        lock (_lock)
        {
            Settle();
            if (_freed.TryPop(out var slot)) return slot;
            for (; _untakenLeft > 0; _cursor++)
            {
                if (_takenAtFirst.Contains(_cursor)) continue;
                _untakenLeft--;
                return _cursor++;
            }

            if (_bound == SealedOptions.MaxSlots)
                throw new InvalidOperationException($"All {_bound:N0} slots are taken; seal the index anew to get back those that were removed.");
            return _bound++;
        }
    }

    /// <summary>Takes back a slot that nobody has seen.</summary>
    public void GiveBack(int slot)
    {
        lock (_lock) _freed.Push(slot);
    }

    /// <summary>Frees slots once a layer is gone.</summary>
    public void FreeAfter(Layer layer, int[] slots)
    {
        lock (_lock) _waiting.Enqueue((layer, slots));
    }

    /// <summary>The free slots, while nobody takes any.</summary>
    public IEnumerable<int> Free()
    {
        foreach (var slot in _freed) yield return slot;
        for (var slot = _cursor; slot < _firstBound; slot++)
            if (!_takenAtFirst.Contains(slot)) yield return slot;
    }

    /// <summary>In the order of the sealings: what a later one freed may be named by a search on an earlier layer too.</summary>
    private void Settle()
    {
        while (_waiting.TryPeek(out var oldest) && oldest.Layer.IsGone)
        {
            foreach (var slot in _waiting.Dequeue().Slots) _freed.Push(slot);
        }
    }
}
