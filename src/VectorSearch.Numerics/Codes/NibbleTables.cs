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
            var reach = 0f;
            for (var k = 0; k < each; k++) reach += MathF.Abs(query[(g * each) + k]);
            total += reach;
            widest = MathF.Max(widest, reach);
        }

        var step = 2 * top * widest / NibbleScan.TableTop(groups);
        var inverse = step > 0 ? 1 / step : 0;
        var half = Vector512.Create(0.5f);
        for (var g = 0; g < groups; g++, query += each, tables += NibbleScan.GroupBytes)
        {
            var reach = 0f;
            var value = Vector512<float>.Zero;
            for (var k = 0; k < each; k++)
            {
                reach += MathF.Abs(query[k]);
                value += Levels(k, bits, top) * query[k];
            }

            var scaled = Vector512.ConvertToInt32(((value + Vector512.Create(reach * top)) * inverse) + half);
            var shorts = Vector256.Narrow(scaled.GetLower(), scaled.GetUpper());
            Vector128.NarrowWithSaturation(shorts.GetLower().AsUInt16(), shorts.GetUpper().AsUInt16()).Store(tables);
        }

        return (step, -top * total);
    }

    private static Vector512<float> Levels(int coordinate, int bits, int top) =>
        (Vector512.ConvertToSingle((Vector512<int>.Indices >>> (coordinate * bits)) & Vector512.Create(top)) * 2f)
        - Vector512.Create((float)top);
}
