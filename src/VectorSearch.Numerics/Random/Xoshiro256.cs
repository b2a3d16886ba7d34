using System.Numerics;

namespace VectorSearch.Numerics;

/// <summary>
/// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded through
/// SplitMix64. The same seed gives the same numbers on every machine and every version of .NET, which
/// <see cref="System.Random"/> does not promise. A mutable struct: pass it by reference. Not for secrets.
/// </summary>
public struct Xoshiro256
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts the sequence of a seed.</summary>
    public Xoshiro256(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    /// <summary>Starts one of many independent sequences of a seed, such as one for each chunk of a parallel loop.</summary>
    public Xoshiro256(ulong seed, ulong stream)
        : this(Mix(seed + Mix(stream + 1)))
    {
    }

    /// <summary>The four words of the state, for checkpoints.</summary>
    public readonly long[] ToCounters() => [(long)_s0, (long)_s1, (long)_s2, (long)_s3];

    /// <summary>The generator of a state from <see cref="ToCounters"/>.</summary>
    public static Xoshiro256 OfCounters(ReadOnlySpan<long> counters) =>
        new() { _s0 = (ulong)counters[0], _s1 = (ulong)counters[1], _s2 = (ulong)counters[2], _s3 = (ulong)counters[3] };

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, 1), 24 bits.</summary>
    public float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1 << 24));

    /// <summary>Uniform in [0, bound), without bias (Lemire, "Fast random integer generation in an interval", 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bound is not positive.</exception>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        ulong product = (NextUInt64() >> 32) * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = (0u - (uint)bound) % (uint)bound;
            while ((uint)product < threshold) product = (NextUInt64() >> 32) * (uint)bound;
        }

        return (int)(product >> 32);
    }

    /// <summary>Standard normal (Box and Muller, 1958; the second value of each pair is not kept).</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

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

    /// <summary>Permutes uniformly in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>The finalizer of SplitMix64: a good hash of 64 bits.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private static ulong SplitMix64(ref ulong state) => Mix(state += 0x9E3779B97F4A7C15);
}
