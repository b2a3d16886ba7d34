namespace VectorSearch.Index;

/// <summary>
/// The slots that are stored and not linked yet, in order of storing. Searches scan them exactly, before they walk the
/// graph: a slot leaves the tail only after the graph has it, so one or the other finds it.
/// <para>
/// Writers hold a lock. Readers take the current segment and its count; entries of a segment never move, and a slot that
/// left is overwritten with <see cref="Gone"/>. When a segment is full the slots still waiting are copied to a new one,
/// and readers of the old one are as right as they were.
/// </para>
/// </summary>
internal sealed class UnlinkedTail
{
    /// <summary>Stands where a slot was.</summary>
    internal const int Gone = -1;

    private const int SmallestSegment = 1024;

    private readonly Lock _change = new();
    private readonly Dictionary<int, int> _positions = [];
    private Segment _segment = new(SmallestSegment);

    /// <summary>How many slots wait.</summary>
    internal int Count => Volatile.Read(ref _segment).Waiting;

    /// <summary>Slots of the tail and places where some were; empty when none waits.</summary>
    internal ReadOnlySpan<int> Entries
    {
        get
        {
            Segment segment = Volatile.Read(ref _segment);
            if (Volatile.Read(ref segment.Waiting) == 0) return [];
            int start = Volatile.Read(ref segment.Start);
            return segment.Slots.AsSpan(start, Volatile.Read(ref segment.End) - start);
        }
    }

    internal void Add(int slot)
    {
        lock (_change)
        {
            if (_segment.End == _segment.Slots.Length) Volatile.Write(ref _segment, MoveOn());
            Segment segment = _segment;
            segment.Slots[segment.End] = slot;
            _positions.Add(slot, segment.End);
            // Waiting first: a reader that sees it looks at the entries, a reader that does not began before.
            Volatile.Write(ref segment.Waiting, segment.Waiting + 1);
            Volatile.Write(ref segment.End, segment.End + 1);
        }
    }

    internal void Remove(int slot)
    {
        lock (_change)
        {
            if (!_positions.Remove(slot, out int at)) return;
            Segment segment = _segment;
            Volatile.Write(ref segment.Slots[at], Gone);
            while (segment.Start < segment.End && segment.Slots[segment.Start] == Gone) Volatile.Write(ref segment.Start, segment.Start + 1);
            Volatile.Write(ref segment.Waiting, segment.Waiting - 1);
        }
    }

    private Segment MoveOn()
    {
        Segment next = new(Math.Max(SmallestSegment, 2 * _positions.Count));
        foreach (int slot in _segment.Slots)
        {
            if (slot == Gone) continue;
            _positions[slot] = next.End;
            next.Slots[next.End++] = slot;
        }

        next.Waiting = next.End;
        return next;
    }

    private sealed class Segment(int capacity)
    {
        internal readonly int[] Slots = new int[capacity];
        internal int Start;
        internal int End;
        internal int Waiting;
    }
}
