using VectorSearch.Index;

namespace VectorSearch.Cli.Bench.Soaking;

/// <summary>The mutable form; nodes that were cut off are linked again now and then, as a collection has it done.</summary>
internal sealed class SoakedMutableIndex(HnswIndex index) : ISoakedIndex
{
    private const int Ef = 50;

    public string Kind => "mutable";

    public int Count => index.Count;

    public int Add(ReadOnlySpan<float> vector) => index.Add(vector);

    public bool Remove(int slot) => index.Remove(slot);

    public bool Contains(int slot) => index.Contains(slot);

    public SlotLease LeaseSlots() => index.LeaseSlots();

    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits) => index.Search(query, new SearchRequest(hits.Length) { Ef = Ef }, hits).Count;

    public void Tend() => index.Reconnect();

    public string? FindFault()
    {
        index.Reconnect();
        return index.Validate() is { IsSound: false } report ? report.ToString() : null;
    }

    public void Dispose() => index.Dispose();
}
