using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>
/// The random level of a new node, l = ⌊−ln(U)·mL⌋ with mL = 1/ln M (the paper, Algorithm 1 line 4 and section 4.1). The
/// level is a hash of the seed and of how many vectors were stored before, so that it does not depend on who links when.
/// </summary>
internal readonly struct LevelSampler(ulong seed, int m)
{
    /// <summary>
    /// Highest level. At M = 2 a level is reached by half the nodes of the one below: 30 levels suit any number of slots.
    /// </summary>
    internal const int MaxLevel = 30;

    private readonly double _mL = 1 / Math.Log(m);

    internal int LevelOf(long ordinal)
    {
        // (0, 1]: the logarithm of 0 has no value.
        double uniform = ((new Xoshiro256(seed, (ulong)ordinal).NextUInt64() >> 11) + 1) * (1.0 / (1UL << 53));
        return Math.Min((int)(-Math.Log(uniform) * _mL), MaxLevel);
    }
}
