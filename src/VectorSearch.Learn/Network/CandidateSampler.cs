using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Draws the items that stand for all items in a sampled softmax: each item j is in with probability πⱼ = min(1, N qⱼ),
/// by systematic sampling, with q in proportion to a power of popularity. Weighing a drawn item by 1/πⱼ makes the sampled
/// sum equal the full one on average (Horvitz and Thompson, 1952): the log-Q correction of sampled softmax.
/// </summary>
internal sealed class CandidateSampler
{
    private readonly double[] _probability;

    /// <summary>Prepares for a number of candidates.</summary>
    /// <param name="counts">Popularity of each item; an item with 0 is never drawn.</param>
    /// <param name="wanted">Candidates on average; all items when there are no more than that.</param>
    /// <param name="power">Power of popularity: 0 uniform, 1 in proportion.</param>
    public CandidateSampler(int[] counts, int wanted, double power)
    {
        double[] weight = [.. counts.Select(count => count == 0 ? 0 : Math.Pow(count, power))];
        _probability = new double[counts.Length];
        // Where N q would exceed 1 the item is always in, and the others share the rest.
        bool[] certain = new bool[counts.Length];
        double left = Math.Min(wanted, counts.Count(count => count > 0));
        bool grown = true;
        while (grown && left > 0)
        {
            grown = false;
            double total = 0;
            for (int j = 0; j < weight.Length; j++) total += certain[j] ? 0 : weight[j];
            if (total <= 0) break;
            double scale = left / total;
            for (int j = 0; j < weight.Length; j++)
            {
                if (certain[j] || weight[j] == 0) continue;
                _probability[j] = weight[j] * scale;
                if (_probability[j] < 1) continue;
                certain[j] = true;
                _probability[j] = 1;
                left--;
                grown = true;
            }
        }
    }

    /// <summary>πⱼ.</summary>
    public double Probability(int item) => _probability[item];

    /// <summary>Draws the candidates of one batch, rising.</summary>
    public int[] Draw(ref Xoshiro256 random)
    {
        List<int> drawn = [];
        double position = random.NextDouble(), sum = 0;
        for (int j = 0; j < _probability.Length; j++)
        {
            sum += _probability[j];
            if (sum <= position) continue;
            drawn.Add(j);
            position++;
        }

        return [.. drawn];
    }
}
