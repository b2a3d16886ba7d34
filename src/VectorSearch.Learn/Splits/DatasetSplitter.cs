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

    /// <summary>
    /// Holds out one item of each of some users, so that nearly everything is left to learn from: the last by time, or any
    /// where there are no times; but never an item that nobody else's row keeps, since no model would know it, nor a user's only one.
    /// </summary>
    /// <param name="data">The data.</param>
    /// <param name="users">Most users; they are spread evenly over all that qualify.</param>
    /// <param name="seed">The same seed holds out the same items.</param>
    /// <param name="after">Only items watched after this moment, which takes data with times; null for all.</param>
    public static DatasetSplit OneOfSome(InteractionDataset data, int users, ulong seed, DateTimeOffset? after = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(users, 1);
        if (after is not null) RequireTimes(data);
        long moment = after?.ToUnixTimeSeconds() ?? long.MinValue;
        int[] kept = new int[data.ItemCount];
        for (int user = 0; user < data.UserCount; user++)
        {
            foreach (int item in data.ItemsOf(user)) kept[item]++;
        }

        int[] held = new int[data.UserCount];
        Array.Fill(held, -1);
        int[] asked = [.. Enumerable.Range(0, data.UserCount).Where(user => data.ItemsOf(user).Length > 1 && (after is null || data.TimesOf(user).ContainsAnyInRange(moment + 1, long.MaxValue)))];
        int step = Math.Max(1, (int)Math.Ceiling(asked.Length / (double)users));
        for (int i = 0; i < asked.Length; i += step)
        {
            int user = asked[i];
            ReadOnlySpan<int> items = data.ItemsOf(user);
            foreach (int at in LastFirst(data, user, seed))
            {
                if (after is not null && data.TimesOf(user)[at] <= moment) break;
                if (kept[items[at]] < 2) continue;
                kept[items[at]]--;
                held[user] = at;
                break;
            }
        }

        return DatasetSplit.Create(
            data.Where((user, at) => held[user] != at), data.Where((user, at) => held[user] == at),
            $"{(data.HasTimes ? "the last item by time" : $"one item, seed {seed},")} of one user in {step}");
    }

    /// <summary>Positions in a user's row, the newest first, or in random order where there are no times.</summary>
    private static int[] LastFirst(InteractionDataset data, int user, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, data.ItemsOf(user).Length)];
        if (data.HasTimes)
        {
            long[] times = data.TimesOf(user).ToArray();
            Array.Sort(order, (x, y) => times[x] != times[y] ? times[y].CompareTo(times[x]) : y.CompareTo(x));
        }
        else
        {
            new Xoshiro256(seed, (ulong)user).Shuffle(order.AsSpan());
        }

        return order;
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
