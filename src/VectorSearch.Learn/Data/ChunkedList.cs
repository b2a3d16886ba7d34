namespace VectorSearch.Learn;

/// <summary>
/// A list that grows by chunks: no copy of everything when it grows, which at tens of millions of rows would double
/// the peak of memory.
/// </summary>
internal sealed class ChunkedList<T>
{
    private const int ChunkBits = 16;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly List<T[]> _chunks = [];

    public long Count { get; private set; }

    public T this[long index] => _chunks[(int)(index >> ChunkBits)][index & (ChunkSize - 1)];

    public void Add(T value)
    {
        int at = (int)(Count & (ChunkSize - 1));
        if (at == 0) _chunks.Add(new T[ChunkSize]);
        _chunks[^1][at] = value;
        Count++;
    }
}
