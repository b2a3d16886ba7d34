using VectorSearch.Index;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench.Soaking;

/// <summary>The sealed form with changes, which is sealed anew now and then.</summary>
internal sealed class SoakedLayeredIndex(LayeredIndex index, SealedOptions options) : ISoakedIndex
{
    public string Kind => "layered";

    public int Count => index.Count;

    public int Add(ReadOnlySpan<float> vector) => index.Add(vector);

    public bool Remove(int slot) => index.Remove(slot);

    public bool Contains(int slot) => index.Contains(slot);

    public SlotLease LeaseSlots() => index.LeaseSlots();

    public int Search(ReadOnlySpan<float> query, Span<Neighbor> hits) => index.Search(query, new SealedRequest(hits.Length), hits).Count;

    public void Tend()
    {
        using var sealing = index.BeginSealing();
        sealing.Adopt(sealing.Build(options));
    }

    public string? FindFault() => index.Validate() is { IsSound: false } report ? report.ToString() : null;

    public void Dispose() => index.Dispose();
}
