namespace VectorSearch.Index;

/// <summary>A list of packed candidates that keeps its room and can be sorted.</summary>
internal sealed class CandidateList
{
    private const int InitialCapacity = 256;

    private long[] _items = new long[InitialCapacity];

    internal int Count { get; private set; }

    internal ReadOnlySpan<long> Items => _items.AsSpan(0, Count);

    internal void Clear() => Count = 0;

    internal void Add(long candidate)
    {
        if (Count == _items.Length) Array.Resize(ref _items, Count * 2);
        _items[Count++] = candidate;
    }

    internal void Sort() => _items.AsSpan(0, Count).Sort();

    /// <summary>Sorts, and drops what is there twice.</summary>
    internal void SortDistinct()
    {
        Sort();
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (kept == 0 || _items[i] != _items[kept - 1]) _items[kept++] = _items[i];
        }

        Count = kept;
    }

    /// <summary>Takes all of a heap of complements, nearest first, and leaves it empty.</summary>
    internal void TakeAll(CandidateHeap complements)
    {
        Count = complements.Count;
        if (Count > _items.Length) _items = new long[Math.Max(Count, _items.Length * 2)];
        for (int i = 0; i < Count; i++) _items[i] = ~complements.Items[i];
        complements.Clear();
        Sort();
    }
}
