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
        var inverse = step > 0 ? 1 / step : 0;
        if (Vector512.IsHardwareAccelerated) Fill512(query, groups, bits, inverse, tables);
        else Fill256(query, groups, bits, inverse, tables);
        return (step, -top * total);
    }

    private static void Fill512(float* query, int groups, int bits, float inverse, byte* tables)
    {
        var each = GroupBits / bits;
        var top = (1 << bits) - 1;
        var codes = Vector512<int>.Indices;
        Vector512<float> first = Levels(codes, 0, bits), second = Levels(codes, 1, bits);
        Vector512<float> third = Levels(codes, 2, bits), fourth = Levels(codes, 3, bits);
        for (var g = 0; g < groups; g++, query += each, tables += NibbleScan.GroupBytes)
        {
            var value = first * query[0];
            if (each > 1) value = Vector512.FusedMultiplyAdd(second, Vector512.Create(query[1]), value);
            if (each > 2)
            {
                value = Vector512.FusedMultiplyAdd(third, Vector512.Create(query[2]), value);
                value = Vector512.FusedMultiplyAdd(fourth, Vector512.Create(query[3]), value);
            }

            // Starting from the reach puts the least sum at zero; the half rounds.
            value += Vector512.Create(Reach(query, each) * top);
            var whole = Vector512.ConvertToInt32Native(Vector512.FusedMultiplyAdd(value, Vector512.Create(inverse), Vector512.Create(0.5f)));
            (Avx512F.IsSupported ? Avx512F.ConvertToVector128Byte(whole) : Narrow(whole.GetLower(), whole.GetUpper())).Store(tables);
        }
    }

    private static void Fill256(float* query, int groups, int bits, float inverse, byte* tables)
    {
        var each = GroupBits / bits;
        var top = (1 << bits) - 1;
        var (codes, half) = (Vector256<int>.Indices, Vector256.Create(0.5f));
        Vector256<float> first = Levels(codes, 0, bits), second = Levels(codes, 1, bits), third = Levels(codes, 2, bits);
        var fourth = Levels(codes, 3, bits);

        // The codes from 8 on differ from those below only in the last coordinate's highest bit: a constant to add.
        var upper = (Levels(codes + Vector256.Create(8), each - 1, bits) - Levels(codes, each - 1, bits))[0];
        for (var g = 0; g < groups; g++, query += each, tables += NibbleScan.GroupBytes)
        {
            var value = first * query[0];
            if (each > 1) value = Vector256.FusedMultiplyAdd(second, Vector256.Create(query[1]), value);
            if (each > 2)
            {
                value = Vector256.FusedMultiplyAdd(third, Vector256.Create(query[2]), value);
                value = Vector256.FusedMultiplyAdd(fourth, Vector256.Create(query[3]), value);
            }

            value += Vector256.Create(Reach(query, each) * top);
            var beyond = value + Vector256.Create(upper * query[each - 1]);
            var low = Vector256.ConvertToInt32Native(Vector256.FusedMultiplyAdd(value, Vector256.Create(inverse), half));
            var high = Vector256.ConvertToInt32Native(Vector256.FusedMultiplyAdd(beyond, Vector256.Create(inverse), half));
            Narrow(low, high).Store(tables);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Reach(float* group, int each)
    {
        var reach = MathF.Abs(group[0]);
        if (each > 1) reach += MathF.Abs(group[1]);
        if (each > 2) reach += MathF.Abs(group[2]) + MathF.Abs(group[3]);
        return reach;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(Vector256<int> low, Vector256<int> high)
    {
        if (Sse41.IsSupported)
        {
            return Sse2.PackUnsignedSaturate(
                Sse2.PackSignedSaturate(low.GetLower(), low.GetUpper()), Sse2.PackSignedSaturate(high.GetLower(), high.GetUpper()));
        }

        var shorts = Vector256.Narrow(low, high).AsUInt16();
        return Vector128.Narrow(shorts.GetLower(), shorts.GetUpper());
    }

    private static Vector512<float> Levels(Vector512<int> codes, int coordinate, int bits)
    {
        var top = (1 << bits) - 1;
        return (Vector512.ConvertToSingle((codes >>> Math.Min(coordinate * bits, GroupBits)) & Vector512.Create(top)) * 2f) - Vector512.Create((float)top);
    }

    private static Vector256<float> Levels(Vector256<int> codes, int coordinate, int bits)
    {
        var top = (1 << bits) - 1;
        return (Vector256.ConvertToSingle((codes >>> Math.Min(coordinate * bits, GroupBits)) & Vector256.Create(top)) * 2f) - Vector256.Create((float)top);
    }

    /// <summary>The greatest Σ|q_j| of a group, and the sum over all groups; n is a multiple of 4.</summary>
    private static (float Widest, float Total) Reaches(float* query, int n, int each)
    {
        var i = 0;
        Vector256<float> widest = default, total = default;
        for (; i + Vector256<float>.Count <= n; i += Vector256<float>.Count)
        {
            var reach = Vector256.Abs(Vector256.Load(query + i));
            total += reach;
            if (each > 1) reach += Vector256.Shuffle(reach, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
            if (each > 2) reach += Vector256.Shuffle(reach, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5));
            widest = Vector256.MaxNative(widest, reach);
        }

        var sum = Vector256.Sum(total);
        var most = 0f;
        for (var lane = 0; lane < Vector256<float>.Count; lane++) most = MathF.Max(most, widest[lane]);
        for (; i < n; i += each)
        {
            var reach = 0f;
            for (var k = 0; k < each; k++) reach += MathF.Abs(query[i + k]);
            sum += reach;
            most = MathF.Max(most, reach);
        }

        return (most, sum);
    }
}
