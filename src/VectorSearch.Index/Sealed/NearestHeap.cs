using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>The k nearest seen so far: a binary heap of <see cref="OrderedKey"/>, the farthest on top.</summary>
internal unsafe struct NearestHeap
{
    private readonly ulong* _keys;
    private readonly int _capacity;

    /// <summary>An empty heap over memory for <paramref name="capacity"/> keys.</summary>
    public NearestHeap(ulong* keys, int capacity)
    {
        _keys = keys;
        _capacity = capacity;
        Count = 0;
        Limit = ulong.MaxValue;
    }

    /// <summary>How many are held.</summary>
    public int Count { get; private set; }

    /// <summary>Only a smaller key gets in; all do until the heap is full.</summary>
    public ulong Limit { get; private set; }

    /// <summary>True once k are held.</summary>
    public readonly bool IsFull => Count == _capacity;

    /// <summary>How many it can hold.</summary>
    public readonly int Capacity => _capacity;

    /// <summary>The distance to beat, infinite until the heap is full.</summary>
    public readonly float Bound => IsFull ? OrderedKey.Distance(Limit) : float.PositiveInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Offer(ulong key)
    {
        if (key >= Limit) return;
        if (Count < _capacity) Push(key);
        else ReplaceTop(key);
        if (Count == _capacity) Limit = _keys[0];
    }

    /// <summary>Asks for what some array has at the places of all that are held.</summary>
    public readonly void PrefetchRows(ReadOnlySpan<int> values)
    {
        fixed (int* at = values)
        {
            for (var i = 0; i < Count; i++) Numerics.Prefetch.Line(at + OrderedKey.Row(_keys[i]));
        }
    }

    /// <summary>Orders what is held, nearest first; the heap is spent afterwards.</summary>
    public readonly Span<ulong> Sort()
    {
        var keys = new Span<ulong>(_keys, Count);
        if (Count <= 32) InsertionSort(_keys, Count);
        else keys.Sort();
        return keys;
    }

    private static void InsertionSort(ulong* keys, int n)
    {
        for (var i = 1; i < n; i++)
        {
            var key = keys[i];
            var j = i;
            for (; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    }

    private void Push(ulong key)
    {
        var i = Count++;
        while (i > 0)
        {
            var parent = (i - 1) >> 1;
            if (_keys[parent] >= key) break;
            _keys[i] = _keys[parent];
            i = parent;
        }

        _keys[i] = key;
    }

    private readonly void ReplaceTop(ulong key)
    {
        var i = 0;
        while (true)
        {
            var child = (2 * i) + 1;
            if (child >= _capacity) break;
            if (child + 1 < _capacity && _keys[child + 1] > _keys[child]) child++;
            if (_keys[child] <= key) break;
            _keys[i] = _keys[child];
            i = child;
        }

        _keys[i] = key;
    }
}
