namespace VectorSearch.Index;

/// <summary>One hit of a search.</summary>
/// <param name="Slot">The slot that <see cref="HnswIndex.Store"/> gave.</param>
/// <param name="Distance">Smaller is nearer: squared distance, 1 − cosine, or minus the inner product.</param>
public readonly record struct Neighbor(int Slot, float Distance);
