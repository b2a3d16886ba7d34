using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What an acknowledged write did.</summary>
/// <param name="Lsn">Log sequence number of its last record: a read that asks for at least this number sees it.</param>
/// <param name="Generation">The generation that it was written for.</param>
/// <param name="Space">The space of that generation.</param>
/// <param name="Points">Points written, or points deleted that were there.</param>
/// <param name="Repeated">True if the request had been done before and this is its first answer again.</param>
public sealed record WriteReceipt(ulong Lsn, ulong Generation, SpaceId Space, int Points, bool Repeated);
