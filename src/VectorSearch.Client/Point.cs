namespace VectorSearch.Client;

/// <summary>A point by its id, with what was asked for.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Payload">Null, unless payloads were asked for.</param>
/// <param name="Vector">Empty, unless vectors were asked for.</param>
public sealed record Point(PointId Id, IReadOnlyDictionary<string, object?>? Payload, ReadOnlyMemory<float> Vector);

/// <summary>An answer to a query.</summary>
/// <param name="Id">The point.</param>
/// <param name="Score">
/// Similarity for cosine and inner product (greatest first), squared distance for Euclidean (smallest first).
/// </param>
/// <param name="Payload">Null, unless payloads were asked for.</param>
/// <param name="Vector">Empty, unless vectors were asked for.</param>
public sealed record Hit(PointId Id, float Score, IReadOnlyDictionary<string, object?>? Payload, ReadOnlyMemory<float> Vector);
