using System.Numerics;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// How much a film counts by the age of its watch: e^(10α) of the age's bucket, ages being reckoned back from the newest watch of
/// the history. Only ratios matter, since <see cref="HistorySum"/> divides by the weights' length: where no times are known,
/// all films count alike.
/// </summary>
/// <param name="parameter">α, one row; starts at 0.</param>
internal sealed class AgeWeights(Parameter parameter)
{
    public const string Name = "ages";

    /// <summary>The first ends at one minute, each is twice as wide as the one before, the last has all from four years on.</summary>
    public const int Buckets = 22;

    /// <summary>Adam moves α by about the learning rate a step, in which a weight shall move further than a coordinate does.</summary>
    public const float Gain = 10;

    private const long FirstSeconds = 60;

    public Parameter Parameter => parameter;

    /// <summary>Bucket of an age in seconds.</summary>
    public static int BucketOf(long age) => Math.Min(Buckets - 1, BitOperations.Log2((ulong)(age / FirstSeconds) + 1));

    /// <summary>The bucket of each watch; the first for all where no times are known.</summary>
    public static int[] BucketsOf(in WatchedFilms films)
    {
        if (films.Times.Length == 0) return new int[films.Rows.Length];
        long newest = films.Times.Max();
        return [.. films.Times.Select(time => BucketOf(newest - time))];
    }

    /// <summary>The weight of each bucket.</summary>
    public float[] OfBuckets()
    {
        float[] weights = parameter.Table[0].ToArray();
        FixedLanes.Scale(weights, Gain);
        VectorFunctions.Exp(weights);
        return weights;
    }
}
