using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>A map from vectors of one space to another. Safe for use by many threads.</summary>
public interface IVectorBridge
{
    /// <summary>The space it maps from.</summary>
    SpaceId From { get; }

    /// <summary>The space it maps to.</summary>
    SpaceId To { get; }

    /// <summary>Maps one vector.</summary>
    /// <param name="from">A vector of <see cref="From"/>.</param>
    /// <param name="to">Receives a vector of <see cref="To"/>.</param>
    void Map(ReadOnlySpan<float> from, Span<float> to);
}

/// <summary>
/// Fits a bridge. Its bytes are kept as the new generation's document <c>bridge</c>, and read by
/// <see cref="CatalogOptions.OpenBridge"/>.
/// </summary>
/// <param name="pairs">Points in both spaces.</param>
/// <returns>The bridge as bytes; empty for none.</returns>
public delegate ReadOnlyMemory<byte> BridgeFitter(BridgePairs pairs);

/// <summary>Points in two spaces: row i of both is one point.</summary>
/// <param name="From">The old space.</param>
/// <param name="FromDimension">Coordinates of an old vector.</param>
/// <param name="FromRows">Row-major old vectors, as the index keeps them (of length 1 under cosine).</param>
/// <param name="To">The new space.</param>
/// <param name="ToDimension">Coordinates of a new vector.</param>
/// <param name="ToRows">Row-major new vectors.</param>
/// <param name="Count">Rows; at most <see cref="MaxCount"/>, evenly chosen among the points.</param>
public sealed record BridgePairs(
    SpaceId From, int FromDimension, ReadOnlyMemory<float> FromRows, SpaceId To, int ToDimension, ReadOnlyMemory<float> ToRows, int Count)
{
    /// <summary>Most pairs that are given.</summary>
    public const int MaxCount = 20_000;
}
