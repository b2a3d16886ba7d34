using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// A query's tables for <see cref="NibbleScan"/>. A code of b bits a coordinate stands for the odd number
/// u = 2·code − (2ᵇ − 1), as in Gao et al., "Practical and asymptotically optimal quantization of high-dimensional
/// vectors" (extended RaBitQ, SIGMOD 2025, section 3); the table of a group holds Σ q_j·u_j over its 4/b coordinates for
/// each of the 16 codes, shifted to start at zero and scaled to a byte by one step for all groups.
/// </summary>
public static unsafe class NibbleTables
{
    /// <summary>Bits of a group.</summary>
    public const int GroupBits = 4;

    /// <summary>Groups that codes of so many coordinates take, padded for the scan.</summary>
    /// <param name="dimension">Coordinates.</param>
    /// <param name="bits">1, 2 or 4 bits a coordinate.</param>
    public static int Groups(int dimension, int bits)
    {
        var each = GroupBits / bits;
        var groups = (dimension + each - 1) / each;
        return (groups + NibbleScan.GroupMultiple - 1) / NibbleScan.GroupMultiple * NibbleScan.GroupMultiple;
    }

    /// <summary>Fills the tables.</summary>
    /// <param name="query">groups × 4/bits floats, zero beyond the dimension.</param>
    /// <param name="groups">From <see cref="Groups"/>.</param>
    /// <param name="bits">1, 2 or 4.</param>
    /// <param name="tables">Receives groups × 16 bytes.</param>
    /// <returns>⟨q, u⟩ ≈ sum × Step + Bias.</returns>
    public static (float Step, float Bias) Build(float* query, int groups, int bits, byte* tables)
    {
        var each = GroupBits / bits;
        var top = (1 << bits) - 1;
        var (widest, total) = Reaches(query, groups * each, each);
        var step = 2 * top * widest / NibbleScan.TableTop(groups);
        var inverse = Vector512.Create(step > 0 ? 1 / step : 0);
        Vector512<float> first = Levels(0, bits, top), second = Levels(1, bits, top);
        Vector512<float> third = Levels(2, bits, top), fourth = Levels(3, bits, top);
        for (var g = 0; g < groups; g++, query += each, tables += NibbleScan.GroupBytes)
        {
            // Starting from the reach puts the least sum at zero; the half rounds.
            var reach = MathF.Abs(query[0]);
            var value = first * query[0];
            if (each > 1)
            {
                reach += MathF.Abs(query[1]);
                value = Vector512.FusedMultiplyAdd(second, Vector512.Create(query[1]), value);
            }

            if (each > 2)
            {
                reach += MathF.Abs(query[2]) + MathF.Abs(query[3]);
                value = Vector512.FusedMultiplyAdd(third, Vector512.Create(query[2]), value);
                value = Vector512.FusedMultiplyAdd(fourth, Vector512.Create(query[3]), value);
            }

            var scaled = Vector512.FusedMultiplyAdd(value + Vector512.Create(reach * top), inverse, Vector512.Create(0.5f));
            var whole = Vector512.ConvertToInt32Native(scaled);
            Bytes(whole).Store(tables);
        }

        return (step, -top * total);
    }

    /// <summary>The greatest Σ|q_j| of a group, and the sum over all groups; n is a multiple of 4.</summary>
    private static (float Widest, float Total) Reaches(float* query, int n, int each)
    {
        var i = 0;
        Vector512<float> widest = default, total = default;
        for (; i + Vector512<float>.Count <= n; i += Vector512<float>.Count)
        {
            var reach = Vector512.Abs(Vector512.Load(query + i));
            total += reach;
            if (each > 1) reach += Vector512.Shuffle(reach, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
            if (each > 2) reach += Vector512.Shuffle(reach, Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
            widest = Vector512.MaxNative(widest, reach);
        }

        var sum = Vector512.Sum(total);
        var most = 0f;
        for (var lane = 0; lane < Vector512<float>.Count; lane++) most = MathF.Max(most, widest[lane]);
        for (; i < n; i += each)
        {
            var reach = 0f;
            for (var k = 0; k < each; k++) reach += MathF.Abs(query[i + k]);
            sum += reach;
            most = MathF.Max(most, reach);
        }

        return (most, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Bytes(Vector512<int> numbers)
    {
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector128Byte(numbers);
        var shorts = Vector256.Narrow(numbers.GetLower(), numbers.GetUpper()).AsUInt16();
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper());
    }

    private static Vector512<float> Levels(int coordinate, int bits, int top) =>
        (Vector512.ConvertToSingle((Vector512<int>.Indices >>> Math.Min(coordinate * bits, GroupBits)) & Vector512.Create(top)) * 2f)
        - Vector512.Create((float)top);
}
