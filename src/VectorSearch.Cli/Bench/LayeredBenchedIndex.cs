using VectorSearch.Index;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>A sealed index with changes under a bench command; answers are row numbers of the base file.</summary>
/// <param name="index">The index.</param>
/// <param name="rowOfSlot">The row of the base file that each slot holds.</param>
internal sealed class LayeredBenchedIndex(LayeredIndex index, int[] rowOfSlot) : IBenchedIndex
{
    private readonly SealedBenchedIndex _sealed = new(index.Sealed);

    public string Kind => "layered";

    public long MemoryBytes => index.MemoryBytes;

    public IReadOnlyList<int> Efforts => _sealed.Efforts;

    /// <summary>A filter names slots.</summary>
    public SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits)
    {
        var outcome = index.Search(query, request, hits);
        foreach (ref var hit in hits[..outcome.Count]) hit = hit with { Slot = rowOfSlot[hit.Slot] };
        return outcome;
    }

    public void Dispose() => index.Dispose();
}
