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

    public SearchOutcome Search(ReadOnlySpan<float> query, int k, int effort, Span<Neighbor> hits) =>
        Named(index.Search(query, new SealedRequest(k) { Effort = effort }, hits), hits);

    public bool TrySearch(ReadOnlySpan<float> query, int k, double targetRecall, Span<Neighbor> hits, out SearchOutcome outcome)
    {
        outcome = Named(index.Search(query, new SealedRequest(k) { TargetRecall = targetRecall }, hits), hits);
        return true;
    }

    /// <summary>The filter names slots.</summary>
    public SearchOutcome SearchFiltered(ReadOnlySpan<float> query, int k, SlotSet filter, bool exact, Span<Neighbor> hits) =>
        Named(index.Search(query, new SealedRequest(k) { Filter = filter, Exact = exact, TargetRecall = 0.95 }, hits), hits);

    public void Dispose() => index.Dispose();

    private SearchOutcome Named(SearchOutcome outcome, Span<Neighbor> hits)
    {
        foreach (ref var hit in hits[..outcome.Count]) hit = hit with { Slot = rowOfSlot[hit.Slot] };
        return outcome;
    }
}
