using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Draws from a discrete distribution in constant time (Walker, 1977; Vose, 1991).</summary>
internal sealed class AliasTable
{
    private readonly double[] _keep;
    private readonly int[] _alias;

    public AliasTable(double[] weights)
    {
        int n = weights.Length;
        double total = weights.Sum();
        _keep = [.. weights.Select(weight => weight * n / total)];
        _alias = new int[n];
        Stack<int> small = new(), large = new();
        for (int i = n - 1; i >= 0; i--) (_keep[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            int less = small.Pop(), more = large.Pop();
            _alias[less] = more;
            _keep[more] -= 1 - _keep[less];
            (_keep[more] < 1 ? small : large).Push(more);
        }

        foreach (int i in small.Concat(large)) _keep[i] = 1;
    }

    public int Draw(ref Xoshiro256 random)
    {
        int i = random.NextInt(_keep.Length);
        return random.NextDouble() < _keep[i] ? i : _alias[i];
    }
}
