namespace VectorSearch.Index.Sealed;

/// <summary>A counting sort: which items have which key, in item order.</summary>
internal static class Grouping
{
    /// <summary>Groups items 0…n−1 by key.</summary>
    /// <returns>Items[Starts[k]…Starts[k+1]−1] have key k, ascending.</returns>
    public static (int[] Starts, int[] Items) ByKey(ReadOnlySpan<int> keys, int keyCount)
    {
        var starts = new int[keyCount + 1];
        foreach (var key in keys) starts[key + 1]++;
        for (var k = 0; k < keyCount; k++) starts[k + 1] += starts[k];
        var next = starts[..keyCount];
        var items = new int[keys.Length];
        for (var i = 0; i < keys.Length; i++) items[next[keys[i]]++] = i;
        return (starts, items);
    }
}
