using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Holds out a part of the examples of every class, so that what is held out has the classes of the whole.</summary>
public static class StratifiedSplit
{
    /// <summary>Splits.</summary>
    /// <param name="labelOf">Class of each example.</param>
    /// <param name="fraction">Part held out of each class: at least one example where a class has two or more.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <returns>The examples of both parts, rising.</returns>
    public static (int[] Train, int[] HeldOut) Of(ReadOnlySpan<int> labelOf, double fraction, ulong seed)
    {
        int[] order = new int[labelOf.Length];
        for (int n = 0; n < order.Length; n++) order[n] = n;
        new Xoshiro256(seed, 0x5711).Shuffle(order.AsSpan());
        Dictionary<int, int> left = [];
        foreach (int label in labelOf) left[label] = left.GetValueOrDefault(label) + 1;
        foreach (int label in left.Keys) left[label] = left[label] < 2 ? 0 : Math.Max(1, (int)Math.Round(left[label] * fraction));
        List<int> train = [], held = [];
        foreach (int n in order)
        {
            bool out_ = left[labelOf[n]]-- > 0;
            (out_ ? held : train).Add(n);
        }

        train.Sort();
        held.Sort();
        return ([.. train], [.. held]);
    }
}
