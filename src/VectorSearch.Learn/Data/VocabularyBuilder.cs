using System.Runtime.InteropServices;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Numbers ids as they are met in a file, by their UTF-8 bytes, without a string for each occurrence: tens of millions
/// of lines name the same few ids.
/// </summary>
internal sealed class VocabularyBuilder
{
    private const int MinBuckets = 1024;

    private readonly List<int> _start = [0];
    private readonly List<byte> _bytes = [];
    private int[] _buckets = new int[MinBuckets];

    public int Count => _start.Count - 1;

    /// <summary>The row of an id, new or known.</summary>
    public int GetOrAdd(ReadOnlySpan<byte> id)
    {
        int bucket = Find(id);
        if (_buckets[bucket] != 0) return _buckets[bucket] - 1;
        _bytes.AddRange(id);
        _start.Add(_bytes.Count);
        _buckets[bucket] = Count;
        if (Count * 2 > _buckets.Length) Grow();
        return Count - 1;
    }

    public void AddAll(Vocabulary known)
    {
        foreach (string id in known.Ids) GetOrAdd(Encoding.UTF8.GetBytes(id));
    }

    public Vocabulary ToVocabulary()
    {
        string[] ids = new string[Count];
        for (int row = 0; row < ids.Length; row++) ids[row] = Encoding.UTF8.GetString(Bytes(row));
        return new Vocabulary(ids);
    }

    private ReadOnlySpan<byte> Bytes(int row) => CollectionsMarshal.AsSpan(_bytes)[_start[row].._start[row + 1]];

    private int Find(ReadOnlySpan<byte> id)
    {
        int mask = _buckets.Length - 1;
        int bucket = (int)(Hash(id) & (uint)mask);
        while (_buckets[bucket] != 0 && !Bytes(_buckets[bucket] - 1).SequenceEqual(id)) bucket = (bucket + 1) & mask;
        return bucket;
    }

    private void Grow()
    {
        _buckets = new int[_buckets.Length * 2];
        for (int row = 0; row < Count; row++) _buckets[Find(Bytes(row))] = row + 1;
    }

    /// <summary>FNV-1a with a final mix, so that the low bits serve as bucket.</summary>
    private static uint Hash(ReadOnlySpan<byte> id)
    {
        uint hash = 2166136261;
        foreach (byte b in id) hash = (hash ^ b) * 16777619;
        hash ^= hash >> 15;
        hash *= 0x2c1b3c6d;
        return hash ^ (hash >> 12);
    }
}
