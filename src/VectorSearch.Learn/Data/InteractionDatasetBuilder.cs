namespace VectorSearch.Learn;

/// <summary>Collects interactions in any order and packs them into an <see cref="InteractionDataset"/>.</summary>
public sealed class InteractionDatasetBuilder
{
    private readonly ChunkedList<int> _users = new();
    private readonly ChunkedList<int> _items = new();
    private readonly ChunkedList<float> _ratings = new();
    private readonly ChunkedList<long> _times = new();
    private bool _allRated = true, _allTimed = true;

    /// <summary>How many interactions have been added.</summary>
    public long Count => _users.Count;

    /// <summary>How often a pair of user and item came again; the latest (by time, else by order) was kept.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Adds one interaction.</summary>
    /// <param name="user">Row of the user.</param>
    /// <param name="item">Row of the item.</param>
    /// <param name="rating">The rating, if there is one.</param>
    /// <param name="time">Unix seconds, if known.</param>
    public void Add(int user, int item, float? rating = null, long? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(user);
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        // A column of values that some rows lack is dropped; up to the first lack it is filled.
        _allRated &= rating.HasValue;
        _allTimed &= time.HasValue;
        if (_allRated) _ratings.Add(rating.GetValueOrDefault());
        if (_allTimed) _times.Add(time.GetValueOrDefault());
        _users.Add(user);
        _items.Add(item);
    }

    /// <summary>Packs what was added.</summary>
    /// <exception cref="ArgumentException">A row lies outside its vocabulary.</exception>
    public InteractionDataset Build(Vocabulary users, Vocabulary items)
    {
        if (Count > Array.MaxLength)
            throw new ArgumentException($"{Count} interactions; one data set holds at most {Array.MaxLength}.");
        bool rated = _allRated && Count > 0, timed = _allTimed && Count > 0;
        long[] start = new long[users.Count + 1];
        for (long n = 0; n < Count; n++)
        {
            if (_users[n] >= users.Count || _items[n] >= items.Count)
            {
                throw new ArgumentException(
                    $"Interaction {n} is (user {_users[n]}, item {_items[n]}), the vocabularies have {users.Count} and {items.Count}.");
            }

            start[_users[n] + 1]++;
        }

        for (int u = 0; u < users.Count; u++) start[u + 1] += start[u];
        int[] rows = new int[Count];
        float[]? ratings = rated ? new float[Count] : null;
        long[]? times = timed ? new long[Count] : null;
        long[] next = [.. start];
        for (long n = 0; n < Count; n++)
        {
            long at = next[_users[n]]++;
            rows[at] = _items[n];
            if (ratings is not null) ratings[at] = _ratings[n];
            if (times is not null) times[at] = _times[n];
        }

        return SortAndMerge(users, items, start, rows, ratings, times);
    }

    private InteractionDataset SortAndMerge(
        Vocabulary users, Vocabulary items, long[] start, int[] rows, float[]? ratings, long[]? times)
    {
        int write = 0;
        int[] order = [];
        for (int u = 0; u < users.Count; u++)
        {
            int from = (int)start[u], length = (int)(start[u + 1] - start[u]);
            start[u] = write;
            if (ratings is null && times is null)
            {
                write = SortAndMergeItems(rows, from, length, write);
                continue;
            }

            if (order.Length < length) order = new int[length * 2];
            Span<int> sorted = order.AsSpan(0, length);
            for (int n = 0; n < length; n++) sorted[n] = n;
            int[] keys = rows.AsSpan(from, length).ToArray();
            float[]? rowRatings = ratings?.AsSpan(from, length).ToArray();
            long[]? rowTimes = times?.AsSpan(from, length).ToArray();
            sorted.Sort((x, y) => keys[x] != keys[y] ? keys[x].CompareTo(keys[y])
                : rowTimes is not null && rowTimes[x] != rowTimes[y] ? rowTimes[x].CompareTo(rowTimes[y])
                : x.CompareTo(y));
            for (int n = 0; n < length; n++)
            {
                // Of equal items the last in order is the latest.
                if (n + 1 < length && keys[sorted[n]] == keys[sorted[n + 1]])
                {
                    Duplicates++;
                    continue;
                }

                rows[write] = keys[sorted[n]];
                if (ratings is not null) ratings[write] = rowRatings![sorted[n]];
                if (times is not null) times[write] = rowTimes![sorted[n]];
                write++;
            }
        }

        start[users.Count] = write;
        if (write < rows.Length)
        {
            Array.Resize(ref rows, write);
            if (ratings is not null) Array.Resize(ref ratings, write);
            if (times is not null) Array.Resize(ref times, write);
        }

        return new InteractionDataset(users, items, start, rows, ratings, times);
    }

    private int SortAndMergeItems(int[] rows, int from, int length, int write)
    {
        rows.AsSpan(from, length).Sort();
        for (int n = from; n < from + length; n++)
        {
            if (n + 1 < from + length && rows[n] == rows[n + 1]) Duplicates++;
            else rows[write++] = rows[n];
        }

        return write;
    }
}
