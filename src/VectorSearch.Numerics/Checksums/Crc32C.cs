using System.Buffers.Binary;
using System.Numerics;

namespace VectorSearch.Numerics;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 and every storage format that wants hardware speed.</summary>
public static class Crc32C
{
    /// <summary>The state before the first byte, for <see cref="Append"/>.</summary>
    public const uint Start = 0xFFFFFFFF;

    /// <summary>The checksum of these bytes.</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes) => Finish(Append(Start, bytes));

    /// <summary>The state after these bytes too.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes) state = BitOperations.Crc32C(state, b);
        return state;
    }

    /// <summary>The checksum of a state.</summary>
    public static uint Finish(uint state) => ~state;
}
