namespace VectorSearch.Index;

/// <summary>
/// Hands out slots: those that were removed, swept and are held by no running operation, then new ones.
/// </summary>
internal sealed unsafe class SlotAllocator(HnswGraph graph, LevelSampler levels)
{
    private readonly Lock _allocation = new();
    private readonly Queue<(int Slot, long Epoch)> _retired = new();
    private long _stored;

    /// <summary>Slots that wait for reuse.</summary>
    internal int RetiredCount
    {
        get
        {
            lock (_allocation) return _retired.Count;
        }
    }

    /// <summary>Vectors ever stored; the next one's level is drawn with this number.</summary>
    internal long Stored
    {
        get
        {
            lock (_allocation) return _stored;
        }
    }

    /// <summary>Takes a slot and gives its node a level and room for its links. The state stays <see cref="NodeTable.Free"/>.</summary>
    /// <exception cref="InvalidOperationException">Every slot is taken.</exception>
    internal int Take()
    {
        lock (_allocation)
        {
            int slot;
            if (_retired.TryPeek(out (int Slot, long Epoch) oldest) && oldest.Epoch < graph.Scratches.OldestActiveEpoch())
            {
                slot = _retired.Dequeue().Slot;
                Recycle(slot);
            }
            else
            {
                slot = graph.SlotCount;
                if (slot == graph.Nodes.MaxSlots)
                {
                    throw new InvalidOperationException(
                        $"The index is full: {nameof(HnswOptions.MaxSlots)} is {graph.Nodes.MaxSlots:N0}, {_retired.Count:N0} of them wait for reuse.");
                }

                graph.Grow(slot + 1);
            }

            int level = levels.LevelOf(_stored++);
            graph.Nodes.Levels[slot] = (byte)level;
            if (level > 0) graph.Nodes.UpperBlocks[slot] = graph.Upper.Take(level);
            return slot;
        }
    }

    /// <summary>Takes back a slot that no list names; operations that began in the epoch or before may still hold it.</summary>
    internal void Retire(int slot, long epoch)
    {
        lock (_allocation) _retired.Enqueue((slot, epoch));
    }

    /// <summary>Goes on where a loaded index left off.</summary>
    internal void Restore(long stored, IEnumerable<int> freeSlots)
    {
        lock (_allocation)
        {
            _stored = stored;
            foreach (int slot in freeSlots) _retired.Enqueue((slot, -1));
        }
    }

    /// <summary>Empties the lists of a slot's last node, which nobody reads any more.</summary>
    private void Recycle(int slot)
    {
        graph.Bottom.Replace(slot, []);
        int level = graph.Nodes.Levels[slot];
        if (level > 0) graph.Upper.GiveBack(graph.Nodes.UpperBlocks[slot], level);
    }
}
