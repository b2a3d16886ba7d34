namespace VectorSearch.Index.Sealed;

/// <summary>One search on its way through the loops.</summary>
/// <param name="Memory">Its working memory, with the query in <see cref="SearchMemory.Form"/>.</param>
/// <param name="K">Hits wanted.</param>
/// <param name="Plan">How to go about it.</param>
/// <param name="Filter">The slots that may be answered; null for all.</param>
/// <param name="Changes">What changed since the rows were sealed; null for nothing.</param>
/// <param name="Cancel">Ends the search.</param>
internal readonly record struct SearchTask(
    SearchMemory Memory, int K, FilterPlan Plan, SlotSet? Filter, RowChanges? Changes, CancellationToken Cancel);
