using System.Buffers.Binary;
using VectorSearch.Collections;

namespace VectorSearch.Server.Wire;

/// <summary>
/// Where a scroll goes on, as text that clients need not understand: base64 of the generation (u64) and the next slot
/// (i32), little-endian. A token dies with its generation, whose slots mean other points.
/// </summary>
internal static class PageToken
{
    private const int Length = sizeof(ulong) + sizeof(int);

    public static string Write(int slot, ulong generation)
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, generation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(ulong)..], slot);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Generation and slot to go on from; 0 and 0 for an empty token.</summary>
    /// <exception cref="VectorSearchException">The token is not one of ours.</exception>
    public static (ulong Generation, int Slot) Read(string token)
    {
        if (token.Length == 0) return (0, 0);
        Span<byte> bytes = stackalloc byte[Length];
        if (!Convert.TryFromBase64String(token, bytes, out int written) || written != Length || BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(ulong)..]) < 0)
            throw new VectorSearchException(ErrorCode.InvalidArgument, "page_token", $"'{token}'", "the next_page_token of the page before, unchanged");
        return (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(ulong)..]));
    }
}
