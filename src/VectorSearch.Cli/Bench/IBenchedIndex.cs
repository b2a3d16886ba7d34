using VectorSearch.Index;

namespace VectorSearch.Cli.Bench;

/// <summary>What a bench command needs of an index of any kind.</summary>
internal interface IBenchedIndex : IDisposable
{
    /// <summary>mutable or sealed.</summary>
    string Kind { get; }

    /// <summary>Bytes that must be resident for the stated speed, vectors included.</summary>
    long MemoryBytes { get; }

    /// <summary>The efforts worth measuring, least first.</summary>
    IReadOnlyList<int> Efforts { get; }

    /// <summary>Searches at an effort.</summary>
    SearchOutcome Search(ReadOnlySpan<float> query, int k, int effort, Span<Neighbor> hits);

    /// <summary>Searches for many queries in one call, at an effort or, if that is 0, for a recall; false if this kind cannot.</summary>
    bool TrySearchMany(ReadOnlySpan<float> queries, int k, int effort, double targetRecall, Span<Neighbor> hits, Span<SearchOutcome> outcomes) => false;

    /// <summary>Searches for a recall; false if this kind has no such dial.</summary>
    bool TrySearch(ReadOnlySpan<float> query, int k, double targetRecall, Span<Neighbor> hits, out SearchOutcome outcome);

    /// <summary>Searches among the slots of a filter at recall 0.95, or exactly.</summary>
    SearchOutcome SearchFiltered(ReadOnlySpan<float> query, int k, SlotSet filter, bool exact, Span<Neighbor> hits);
}
