using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// A distance and a row in one integer that sorts by distance, then row: the float's bits are turned into an order-keeping
/// unsigned number, since comparing and moving 8 bytes costs less than a pair.
/// </summary>
internal static class OrderedKey
{
    private const uint Sign = 0x8000_0000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(float distance, int row) => ((ulong)Bits(distance) << 32) | (uint)row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Row(ulong key) => (int)(uint)key;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Distance(ulong key)
    {
        var bits = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((bits & Sign) != 0 ? bits ^ Sign : ~bits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bits(float distance)
    {
        var bits = BitConverter.SingleToUInt32Bits(distance);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }
}
