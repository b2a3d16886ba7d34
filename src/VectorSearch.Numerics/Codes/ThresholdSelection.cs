using System.Numerics;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// A value that about k of many numbers do not exceed, found by halving the range between the least and the greatest. A
/// count by comparison has no branch that depends on the numbers, so that it beats quickselect several times over at a few
/// hundred numbers, where nearly every branch of the latter is guessed wrong.
/// </summary>
public static unsafe class ThresholdSelection
{
    /// <summary>The range is halved at most so often; more could not tell apart floats of one binade.</summary>
    private const int MaxHalvings = 24;

    /// <summary>Finds a threshold.</summary>
    /// <param name="values">n floats, with room to <see cref="Padded"/>(n), which is overwritten; infinities are passed over.</param>
    /// <param name="n">How many, at least k finite ones.</param>
    /// <param name="k">How many are wanted, at least 1.</param>
    /// <returns>A value that at least k numbers do not exceed and, unless many are equal, at most k + k/4.</returns>
    public static float AtLeast(float* values, int n, int k)
    {
        var padded = Padded(n);
        for (var i = n; i < padded; i++) values[i] = float.PositiveInfinity;
        var (low, high) = Range(values, padded);
        var enough = k + (k / 4);
        for (var i = 0; i < MaxHalvings; i++)
        {
            var middle = low + ((high - low) * 0.5f);
            var count = CountAtMost(values, padded, middle);
            if (count < k)
            {
                low = middle;
                continue;
            }

            high = middle;
            if (count <= enough) break;
        }

        return high;
    }

    /// <summary>Finds the numbers that do not exceed a threshold.</summary>
    /// <param name="values">n floats.</param>
    /// <param name="n">How many, a multiple of 8.</param>
    /// <param name="limit">The threshold.</param>
    /// <param name="places">Receives their places, ascending; room for n.</param>
    /// <returns>How many there are.</returns>
    public static int AtMost(float* values, int n, float limit, int* places)
    {
        var count = 0;
        for (var i = 0; i < n; i += Vector256<float>.Count)
        {
            var found = Vector256.LessThanOrEqual(Vector256.Load(values + i), Vector256.Create(limit)).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1) places[count++] = i + BitOperations.TrailingZeroCount(found);
        }

        return count;
    }

    /// <summary>Floats of room that n numbers need.</summary>
    public static int Padded(int n) => (n + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;

    private static (float Least, float Greatest) Range(float* values, int n)
    {
        var least = Vector256.Create(float.PositiveInfinity);
        var greatest = Vector256.Create(float.NegativeInfinity);
        for (var i = 0; i < n; i += Vector256<float>.Count)
        {
            var value = Vector256.Load(values + i);
            least = Vector256.MinNative(least, value);
            var finite = Vector256.LessThan(value, Vector256.Create(float.PositiveInfinity));
            greatest = Vector256.MaxNative(greatest, Vector256.ConditionalSelect(finite, value, greatest));
        }

        var (low, high) = (least[0], greatest[0]);
        for (var i = 1; i < Vector256<float>.Count; i++)
        {
            low = MathF.Min(low, least[i]);
            high = MathF.Max(high, greatest[i]);
        }

        return (low, high);
    }

    private static int CountAtMost(float* values, int n, float limit)
    {
        var count = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (var i = 0; i < n; i += Vector512<float>.Count)
            {
                var atMost = Vector512.LessThanOrEqual(Vector512.Load(values + i), Vector512.Create(limit));
                count += BitOperations.PopCount(atMost.ExtractMostSignificantBits());
            }

            return count;
        }

        for (var i = 0; i < n; i += Vector256<float>.Count)
        {
            var atMost = Vector256.LessThanOrEqual(Vector256.Load(values + i), Vector256.Create(limit));
            count += BitOperations.PopCount(atMost.ExtractMostSignificantBits());
        }

        return count;
    }
}
