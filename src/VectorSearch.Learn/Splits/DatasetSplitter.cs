using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Honest ways to hold out a part of a data set.</summary>
public static class DatasetSplitter
{
    /// <summary>
    /// Holds out a random fraction of each user's items, rounded to the nearest; a user always keeps at least one.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="fraction">Part to hold out, in (0, 1).</param>
    /// <param name="seed">The same seed holds out the same items.</param>
    public static DatasetSplit RandomFraction(InteractionDataset data, double fraction, ulong seed)
    {
        RequireFraction(fraction);
        bool[][] held = new bool[data.UserCount][];
        for (int user = 0; user < held.Length; user++)
        {
            int count = data.ItemsOf(user).Length;
            int holdOut = Math.Min(count - 1, (int)Math.Round(fraction * count, MidpointRounding.AwayFromZero));
            held[user] = new bool[count];
            if (holdOut <= 0) continue;
            int[] order = [.. Enumerable.Range(0, count)];
            Xoshiro256 random = new(seed, (ulong)user);
            random.Shuffle(order.AsSpan());
            foreach (int at in order.AsSpan(0, holdOut)) held[user][at] = true;
        }

        return Split(data, held, string.Create(CultureInfo.InvariantCulture, $"random {fraction:P0} of each user's items, seed {seed}"));
    }

    /// <summary>Holds out the last <paramref name="count"/> items of each user by time; users with fewer than count + 1 keep all.</summary>
    /// <exception cref="ArgumentException">The data has no times.</exception>
    public static DatasetSplit LeaveLast(InteractionDataset data, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        RequireTimes(data);
        bool[][] held = new bool[data.UserCount][];
        for (int user = 0; user < held.Length; user++)
        {
            ReadOnlySpan<long> times = data.TimesOf(user);
            held[user] = new bool[times.Length];
            if (times.Length <= count) continue;
            int[] order = [.. Enumerable.Range(0, times.Length)];
            long[] keys = times.ToArray();
            Array.Sort(order, (x, y) => keys[x] != keys[y] ? keys[x].CompareTo(keys[y]) : x.CompareTo(y));
            foreach (int at in order.AsSpan(times.Length - count)) held[user][at] = true;
        }

        return Split(data, held, $"last {count} of each user's items by time");
    }

    /// <summary>Holds out everything from one moment on, chosen so that about the given fraction lies after it.</summary>
    /// <exception cref="ArgumentException">The data has no times.</exception>
    public static DatasetSplit TimeOrdered(InteractionDataset data, double fraction)
    {
        RequireFraction(fraction);
        RequireTimes(data);
        long[] all = new long[data.InteractionCount];
        int at = 0;
        for (int user = 0; user < data.UserCount; user++)
        {
            data.TimesOf(user).CopyTo(all.AsSpan(at));
            at += data.TimesOf(user).Length;
        }

        Array.Sort(all);
        long moment = all[(int)Math.Min(all.Length - 1, Math.Floor((1 - fraction) * all.Length))];
        bool[][] held = new bool[data.UserCount][];
        for (int user = 0; user < held.Length; user++)
        {
            ReadOnlySpan<long> times = data.TimesOf(user);
            held[user] = new bool[times.Length];
            for (int n = 0; n < times.Length; n++) held[user][n] = times[n] >= moment;
        }

        return Split(data, held, $"everything from {DateTimeOffset.FromUnixTimeSeconds(moment):yyyy-MM-dd'T'HH:mm:ss'Z'} on");
    }

    private static DatasetSplit Split(InteractionDataset data, bool[][] held, string description) =>
        DatasetSplit.Create(data.Where((user, at) => !held[user][at]), data.Where((user, at) => held[user][at]), description);

    private static void RequireFraction(double fraction)
    {
        if (!(fraction > 0 && fraction < 1))
            throw new ArgumentOutOfRangeException(nameof(fraction), fraction, "The fraction to hold out must lie between 0 and 1.");
    }

    private static void RequireTimes(InteractionDataset data)
    {
        if (!data.HasTimes) throw new ArgumentException("A split by time needs a time for every interaction; this data has none.", nameof(data));
    }
}
