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

    /// <summary>Moves the k smallest of n keys to the front, in any order (Hoare's quickselect).</summary>
    public static unsafe void SelectSmallest(ulong* keys, int n, int k)
    {
        int low = 0, high = n - 1;
        while (low < high)
        {
            var pivot = keys[(low + high) >>> 1];
            int i = low, j = high;
            while (i <= j)
            {
                while (keys[i] < pivot) i++;
                while (keys[j] > pivot) j--;
                if (i > j) break;
                (keys[i], keys[j]) = (keys[j], keys[i]);
                i++;
                j--;
            }

            if (k - 1 <= j) high = j;
            else if (k - 1 >= i) low = i;
            else return;
        }
    }
}
