using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A made-up world with a known truth. Films and users are unit vectors of <see cref="Rank"/> dimensions; films have Zipf
/// popularity with exponent 1, users log-normal history lengths. For each watch a user draws films by popularity until one
/// is taken, with probability min(1, e^(κ (cos − c))); one watch in five is noise and taken as it comes. (One draw in five
/// would be two watches in three, as most draws are refused.) The same seed makes the same watches on every machine.
/// </summary>
public sealed class PlantedWorld
{
    /// <summary>Dimensions of the planted vectors.</summary>
    public const int Rank = 16;

    private const double Noise = 0.2;
    private const float Sharpness = 10, Certain = 0.5f;
    private const float LengthDeviation = 1;
    private const int LeastLength = 4;
    private const int MostDraws = 4096;

    private readonly PlantedOptions _options;
    private readonly AliasTable _popularity;
    private readonly int[] _lengths;

    /// <summary>Plants vectors, popularity and history lengths.</summary>
    public PlantedWorld(PlantedOptions options)
    {
        options.Validate();
        _options = options;
        Items = Plant(options.Items, 1);
        Users = Plant(options.Users, 2);
        // Popularity ranks are dealt at random, so that an item's number tells nothing.
        int[] order = [.. Enumerable.Range(0, options.Items)];
        new Xoshiro256(options.Seed, 3).Shuffle(order.AsSpan());
        double[] weights = new double[options.Items];
        for (int rank = 0; rank < order.Length; rank++) weights[order[rank]] = 1.0 / (rank + 1);
        _popularity = new AliasTable(weights);
        _lengths = Lengths();
    }

    /// <summary>The planted vectors of the films.</summary>
    public VectorTable Items { get; }

    /// <summary>The planted vectors of the users.</summary>
    public VectorTable Users { get; }

    /// <summary>Films that a user watches, distinct, in the order they were drawn.</summary>
    public int[] Watches(int user)
    {
        Xoshiro256 random = new(_options.Seed, (5UL << 40) + (ulong)user);
        HashSet<int> seen = [];
        int[] watched = new int[_lengths[user]];
        ReadOnlySpan<float> taste = Users[user];
        for (int count = 0; count < watched.Length; count++)
        {
            bool noise = random.NextDouble() < Noise;
            int draws = 0, item;
            // Who has seen all that they would take takes what comes, so that every history gets its length.
            do item = _popularity.Draw(ref random);
            while (seen.Contains(item) || !(noise || ++draws >= MostDraws || Takes(ref random, taste, item)));
            seen.Add(item);
            watched[count] = item;
        }

        return watched;
    }

    private bool Takes(ref Xoshiro256 random, ReadOnlySpan<float> taste, int item)
    {
        float cos = FixedLanes.Dot(taste, Items[item]);
        return cos >= Certain || random.NextDouble() < VectorFunctions.Exp(Sharpness * (cos - Certain));
    }

    private VectorTable Plant(int rows, ulong salt)
    {
        VectorTable table = new(rows, Rank);
        DeterministicParallel.For(rows, 4096, 0, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                Xoshiro256 random = new(_options.Seed, (salt << 40) + (ulong)row);
                Span<float> vector = table.Writable(row);
                foreach (ref float value in vector) value = random.NextNormal();
                FixedLanes.TryNormalise(vector);
            }
        });
        return table;
    }

    /// <summary>Log-normal lengths, scaled so that they sum to the watches wanted.</summary>
    private int[] Lengths()
    {
        double[] raw = new double[_options.Users];
        double sum = 0;
        for (int user = 0; user < raw.Length; user++)
        {
            Xoshiro256 random = new(_options.Seed, (4UL << 40) + (ulong)user);
            sum += raw[user] = VectorFunctions.Exp(LengthDeviation * random.NextNormal());
        }

        int most = Math.Max(LeastLength, _options.Items / 4);
        int[] lengths = new int[raw.Length];
        long total = 0;
        for (int user = 0; user < raw.Length; user++)
            total += lengths[user] = (int)Math.Clamp(raw[user] / sum * _options.Watches, LeastLength, most);
        for (int user = 0; total != _options.Watches; user = (user + 1) % lengths.Length)
        {
            int step = total < _options.Watches ? 1 : -1;
            if (lengths[user] + step < LeastLength || lengths[user] + step > most) continue;
            lengths[user] += step;
            total += step;
        }

        return lengths;
    }
}
