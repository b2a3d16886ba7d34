using VectorSearch.Index;

namespace VectorSearch.Cli.Bench.Soaking;

/// <summary>An index that takes writes, as a <see cref="Soak"/> uses it.</summary>
internal interface ISoakedIndex : IDisposable
{
    string Kind { get; }

    /// <summary>Vectors that may be answered.</summary>
    int Count { get; }

    int Add(ReadOnlySpan<float> vector);

    bool Remove(int slot);

    bool Contains(int slot);

    SlotLease LeaseSlots();

    int Search(ReadOnlySpan<float> query, Span<Neighbor> hits);

    /// <summary>What is to be done for the index now and then, beside searches and writers.</summary>
    void Tend();

    /// <summary>What the validator finds wrong once everything else has ended; null if nothing is.</summary>
    string? FindFault();
}
