using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>
/// A binary min-heap of packed candidates that keeps its room. A max-heap is the same over complements: push ~c, and
/// ~<see cref="Top"/> is the greatest.
/// </summary>
internal sealed class CandidateHeap
{
    private const int InitialCapacity = 256;

    private long[] _items = new long[InitialCapacity];

    internal int Count { get; private set; }

    /// <summary>The least item; undefined when empty.</summary>
    internal long Top
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _items[0];
    }

    /// <summary>The items in heap order.</summary>
    internal ReadOnlySpan<long> Items => _items.AsSpan(0, Count);

    internal void Clear() => Count = 0;

    internal void Push(long item)
    {
        int at = Count++;
        if (at == _items.Length) Array.Resize(ref _items, at * 2);
        ref long items = ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_items);
        while (at > 0)
        {
            int parent = (at - 1) >> 1;
            long above = Unsafe.Add(ref items, parent);
            if (above <= item) break;
            Unsafe.Add(ref items, at) = above;
            at = parent;
        }

        Unsafe.Add(ref items, at) = item;
    }

    internal long Pop()
    {
        long top = _items[0];
        long last = _items[--Count];
        if (Count > 0) SiftDown(last);
        return top;
    }

    /// <summary>As a push and a pop, in one pass: the least item goes, <paramref name="item"/> comes.</summary>
    internal void ReplaceTop(long item) => SiftDown(item);

    private void SiftDown(long item)
    {
        ref long items = ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_items);
        int count = Count, at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= count) break;
            // Branchless choice of the smaller child: which one it is cannot be predicted.
            if (child + 1 < count) child += Unsafe.Add(ref items, child + 1) < Unsafe.Add(ref items, child) ? 1 : 0;
            long below = Unsafe.Add(ref items, child);
            if (below >= item) break;
            Unsafe.Add(ref items, at) = below;
            at = child;
        }

        Unsafe.Add(ref items, at) = item;
    }
}
