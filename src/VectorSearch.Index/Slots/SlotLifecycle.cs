namespace VectorSearch.Index;

/// <summary>
/// Moves slots through their states, see <see cref="NodeTable"/>: what is atomic about linking and removing, and who is the
/// entry point. Callers hold the structure lock and a scratch.
/// </summary>
internal sealed class SlotLifecycle(HnswGraph graph, UnlinkedTail tail, SlotAllocator slots, GraphSweeper sweeper)
{
    private int _live;

    /// <summary>Slots that may be answered.</summary>
    internal int LiveCount => Volatile.Read(ref _live);

    /// <summary>Lets a slot whose row is written be found.</summary>
    internal void Store(int slot)
    {
        graph.Nodes.SetState(slot, NodeTable.Stored);
        tail.Add(slot);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Puts a stored slot into the graph; false if it was linked or removed meanwhile.</summary>
    internal bool Link(GraphEngine engine, SearchScratch scratch, int slot)
    {
        if (!graph.Nodes.TryMove(slot, NodeTable.Stored, NodeTable.Linking)) return false;
        EntryPoint entry = graph.Entry;
        int level = LevelOf(slot);
        if (entry.IsNone || level > entry.Level)
        {
            lock (graph.RaiseLock) InsertAndPublish(engine, scratch, slot, level);
        }
        else
        {
            InsertAndPublish(engine, scratch, slot, level);
        }

        tail.Remove(slot);
        return true;
    }

    /// <summary>Takes a slot out of every answer and repairs the graph around it; false if it holds no vector.</summary>
    internal bool Remove(GraphEngine engine, SearchScratch scratch, int slot)
    {
        while (true)
        {
            switch (graph.Nodes.State(slot))
            {
                case NodeTable.Stored:
                    if (!graph.Nodes.TryMove(slot, NodeTable.Stored, NodeTable.Free)) continue;
                    Interlocked.Decrement(ref _live);
                    tail.Remove(slot);
                    slots.Retire(slot, graph.Scratches.EndEpoch());
                    return true;
                case NodeTable.Linking:
                    if (!graph.Nodes.TryMove(slot, NodeTable.Linking, NodeTable.RemovedWhileLinking)) continue;
                    Interlocked.Decrement(ref _live);
                    return true;
                case NodeTable.Linked:
                    // Counted first: a walk that begins once the node is removed must ask who is live.
                    graph.AddAwaitingSweep(1);
                    if (!LeaveGraph(slot))
                    {
                        graph.AddAwaitingSweep(-1);
                        continue;
                    }

                    Interlocked.Decrement(ref _live);
                    Unlink(engine, scratch, slot);
                    return true;
                default:
                    return false;
            }
        }
    }

    /// <summary>Counts a slot of a built or loaded index: linked, or waiting in the tail. No other thread sees the index yet.</summary>
    internal void Restore(int slot)
    {
        _live++;
        if (graph.Nodes.State(slot) == NodeTable.Stored) tail.Add(slot);
        else graph.Directory.Add(slot, LevelOf(slot));
    }

    private void InsertAndPublish(GraphEngine engine, SearchScratch scratch, int slot, int level)
    {
        // In a graph that is or becomes empty the node is the entry point. That is decided under the lock that removal
        // takes too; an insertion that finds the graph empty only says so.
        while (true)
        {
            bool inserted = !graph.Entry.IsNone && engine.Insert(scratch, slot);
            lock (graph.EntryLock)
            {
                if (!inserted && !graph.Entry.IsNone) continue;
                if (graph.Nodes.TryMove(slot, NodeTable.Linking, NodeTable.Linked))
                {
                    graph.Directory.Add(slot, level);
                    if (graph.Entry.IsNone || level > graph.Entry.Level) graph.Entry = new EntryPoint(slot, level);
                    return;
                }
            }

            graph.AddAwaitingSweep(1);
            graph.Nodes.SetState(slot, NodeTable.Removed);
            Unlink(engine, scratch, slot);
            return;
        }
    }

    /// <summary>Marks a linked node removed and, if it was the entry point, names the tallest that is left. False if another thread was first.</summary>
    private bool LeaveGraph(int slot)
    {
        lock (graph.EntryLock)
        {
            if (!graph.Nodes.TryMove(slot, NodeTable.Linked, NodeTable.Removed)) return false;
            graph.Directory.Remove(slot, LevelOf(slot));
            if (graph.Entry.IsNone || graph.Entry.Slot != slot) return true;
            graph.Entry = graph.Directory.TryFindTallest(out int tallest, out int level)
                ? new EntryPoint(tallest, level)
                : FindAnyLinked();
            return true;
        }
    }

    private EntryPoint FindAnyLinked()
    {
        // Only level 0 is left, so few nodes: of n nodes n/M are above it on average.
        for (int slot = 0; slot < graph.SlotCount; slot++)
        {
            if (graph.Nodes.State(slot) == NodeTable.Linked) return new EntryPoint(slot, 0);
        }

        return EntryPoint.None;
    }

    private void Unlink(GraphEngine engine, SearchScratch scratch, int slot)
    {
        engine.RepairAround(scratch, slot);
        sweeper.Enqueue(slot);
        engine.SweepStep(scratch);
    }

    private unsafe int LevelOf(int slot) => graph.Nodes.Levels[slot];
}
