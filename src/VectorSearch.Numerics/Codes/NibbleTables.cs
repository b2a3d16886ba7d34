using System.Runtime.Intrinsics;

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
        float widest = 0, total = 0;
        for (var g = 0; g < groups; g++)
        {
            var reach = MathF.Abs(query[g * each]);
            for (var k = 1; k < each; k++) reach += MathF.Abs(query[(g * each) + k]);
            total += reach;
            widest = MathF.Max(widest, reach);
        }

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
            var shorts = Vector256.Narrow(whole.GetLower(), whole.GetUpper()).AsUInt16();
            Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(tables);
        }

        return (step, -top * total);
    }

    private static Vector512<float> Levels(int coordinate, int bits, int top) =>
        (Vector512.ConvertToSingle((Vector512<int>.Indices >>> Math.Min(coordinate * bits, GroupBits)) & Vector512.Create(top)) * 2f)
        - Vector512.Create((float)top);
}
