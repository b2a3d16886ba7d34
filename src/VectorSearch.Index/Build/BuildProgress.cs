namespace VectorSearch.Index;

/// <summary>How far <see cref="HnswIndex.Build"/> has come.</summary>
/// <param name="Linked">Rows in the graph.</param>
/// <param name="Total">Rows in all.</param>
public readonly record struct BuildProgress(int Linked, int Total);
