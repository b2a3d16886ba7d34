using VectorSearch.Index;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>What a bench command needs of an index of any kind. Answers are row numbers of the base file.</summary>
internal interface IBenchedIndex : IDisposable
{
    /// <summary>mutable, sealed or layered.</summary>
    string Kind { get; }

    /// <summary>Bytes that must be resident for the stated speed, vectors included.</summary>
    long MemoryBytes { get; }

    /// <summary>The efforts worth measuring, least first: levels of a sealed index, ef of a mutable one.</summary>
    IReadOnlyList<int> Efforts { get; }

    /// <summary>Whether a search can ask for a recall.</summary>
    bool HasRecallDial => true;

    /// <summary>Whether many queries can be answered in one call.</summary>
    bool TakesBatches => false;

    SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits);

    void SearchMany(ReadOnlySpan<float> queries, in SealedRequest request, Span<Neighbor> hits, Span<SearchOutcome> outcomes) =>
        throw new NotSupportedException($"A {Kind} index takes one query a call.");
}
