using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>Counts of an index at one moment.</summary>
/// <param name="Unlinked">Points stored and not linked yet.</param>
/// <param name="Reusable">Slots that wait for the next points.</param>
/// <param name="UpperLayers">Layers of the graph above the bottom one.</param>
/// <param name="VectorBytes">Bytes of the rows.</param>
/// <param name="GraphBytes">Bytes of links.</param>
/// <param name="CodeBytes">Bytes of codes.</param>
internal readonly record struct IndexCounts(int Unlinked, int Reusable, int UpperLayers, long VectorBytes, long GraphBytes, long CodeBytes);

/// <summary>
/// The index under a table: the graph, a plain scan, or the sealed form with its changes. Points have numbered slots. One
/// virtual call a query or a point; the loops are within.
/// </summary>
internal abstract class PointIndex : IDisposable
{
    public abstract int Dimension { get; }

    public abstract Metric Metric { get; }

    /// <summary>Vectors that may be answered.</summary>
    public abstract int Count { get; }

    /// <summary>Slots ever used: all slots are below.</summary>
    public abstract int SlotCount { get; }

    public abstract IndexCounts Counts { get; }

    /// <summary>Whether stored points wait to be linked.</summary>
    public abstract bool Links { get; }

    /// <summary>Stores a vector, which every search finds from then on.</summary>
    public abstract int Store(ReadOnlySpan<float> vector);

    /// <summary>Links a stored vector into the graph, if there is one.</summary>
    public abstract void Link(int slot);

    public abstract bool Remove(int slot);

    public abstract bool Contains(int slot);

    /// <summary>Copies a vector as it is kept: of unit length under cosine. False if the slot holds none.</summary>
    public abstract bool ReadVector(int slot, Span<float> vector);

    public abstract SlotLease LeaseSlots();

    /// <summary>Finds the nearest.</summary>
    /// <param name="query">Shape [Dimension].</param>
    /// <param name="request">How many, and who may be answered; its <see cref="SearchRequest.Ef"/> is one of <see cref="Efforts"/> or <see cref="EffortOf"/>.</param>
    /// <param name="hits">Receives the hits, nearest first.</param>
    public abstract SearchOutcome Search(ReadOnlySpan<float> query, in SearchRequest request, Span<Neighbor> hits);

    /// <summary>The effort that a beam asks for.</summary>
    public abstract int EffortOf(int ef);

    /// <summary>Efforts to choose from for so many answers, the least first.</summary>
    public abstract IEnumerable<int> Efforts(int limit);

    /// <summary>
    /// What recall each effort assures, as its build measured it on its own rows, in the order of <see cref="Efforts"/>; null
    /// if that is not known for so many answers.
    /// </summary>
    public virtual IReadOnlyList<(int Ef, double Recall)>? KnownRecalls(int limit) => null;

    /// <summary>Links again what churn cut off, while searches and writers go on. How many there were.</summary>
    public abstract int Reconnect();

    /// <summary>As <see cref="Reconnect"/>, to the end, while writers wait.</summary>
    public abstract int Repair();

    /// <summary>Checks every invariant, while writers wait.</summary>
    public abstract GenerationAudit Audit();

    /// <summary>Writes what a snapshot holds of the index, while writes go on.</summary>
    public abstract void Save(Stream stream);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
