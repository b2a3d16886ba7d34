using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>A query that a caller asked of late, to be asked again.</summary>
/// <param name="Vector">What it was compared with the points as.</param>
/// <param name="Space">The space of that vector.</param>
/// <param name="Features">What the vector was encoded from; null if it was not.</param>
/// <param name="Id">The point that it asked for the like of; null if it did not.</param>
/// <param name="Limit">Answers wanted.</param>
public sealed record RecentQuery(ReadOnlyMemory<float> Vector, SpaceId Space, PointFeatures? Features, PointId? Id, int Limit);
