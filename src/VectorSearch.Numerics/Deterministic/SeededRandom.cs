namespace VectorSearch.Numerics;

/// <summary>
/// Random numbers that are the same on every machine and in every version: xoshiro256** (Blackman and Vigna, 2018)
/// with its state drawn from the seed by SplitMix64. A <c>stream</c> gives independent sequences of one seed, so that
/// work split over threads draws the same numbers however it is split. A mutable struct: pass it by reference.
/// </summary>
public struct SeededRandom
{
    private ulong _a, _b, _c, _d;

    /// <summary>Starts the sequence of a seed and stream.</summary>
    public SeededRandom(ulong seed, ulong stream = 0)
    {
        ulong state = seed ^ Mix(stream + 0x9E3779B97F4A7C15UL);
        _a = Next(ref state);
        _b = Next(ref state);
        _c = Next(ref state);
        _d = Next(ref state);
    }

    /// <summary>The four words of the state, for checkpoints.</summary>
    public readonly long[] ToCounters() => [(long)_a, (long)_b, (long)_c, (long)_d];

    /// <summary>The generator of a state from <see cref="ToCounters"/>.</summary>
    public static SeededRandom OfCounters(ReadOnlySpan<long> counters) =>
        new() { _a = (ulong)counters[0], _b = (ulong)counters[1], _c = (ulong)counters[2], _d = (ulong)counters[3] };

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = ulong.RotateLeft(_b * 5, 7) * 9;
        ulong t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = ulong.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, bound), without bias (Lemire, 2019).</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint range = (uint)bound;
        ulong product = (NextUInt64() >> 32) * range;
        if ((uint)product < range)
        {
            uint floor = (0u - range) % range;
            while ((uint)product < floor) product = (NextUInt64() >> 32) * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// Standard normal, by the sum of twelve uniforms less six (Irwin and Hall): exact in every bit on every machine, as
    /// it needs no logarithm; its tails end at ±6, which start values and noise do not notice.
    /// </summary>
    public float NextNormal()
    {
        double sum = -6;
        for (int i = 0; i < 12; i++) sum += NextDouble();
        return (float)sum;
    }

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Next(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15UL);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
