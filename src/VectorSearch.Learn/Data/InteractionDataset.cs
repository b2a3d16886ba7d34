using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Who watched what: a sparse users × items matrix in compressed rows. Items of a user are distinct and rise by row;
/// rating and time are there when the source has them. Immutable.
/// </summary>
public sealed class InteractionDataset
{
    private readonly long[] _start;
    private readonly int[] _items;
    private readonly float[]? _ratings;
    private readonly long[]? _times;

    internal InteractionDataset(Vocabulary users, Vocabulary items, long[] start, int[] rows, float[]? ratings, long[]? times)
    {
        Users = users;
        Items = items;
        _start = start;
        _items = rows;
        _ratings = ratings;
        _times = times;
    }

    /// <summary>Names of the users; a user may have no interactions.</summary>
    public Vocabulary Users { get; }

    /// <summary>Names of the items; an item may have no interactions.</summary>
    public Vocabulary Items { get; }

    /// <summary>How many users there are.</summary>
    public int UserCount => Users.Count;

    /// <summary>How many items there are.</summary>
    public int ItemCount => Items.Count;

    /// <summary>How many interactions there are.</summary>
    public long InteractionCount => _start[^1];

    /// <summary>True when every interaction has a rating.</summary>
    public bool HasRatings => _ratings is not null;

    /// <summary>True when every interaction has a time.</summary>
    public bool HasTimes => _times is not null;

    /// <summary>Rows of the items a user watched, rising.</summary>
    public ReadOnlySpan<int> ItemsOf(int user) => Slice(_items, user);

    /// <summary>Ratings in the order of <see cref="ItemsOf"/>; empty when there are none.</summary>
    public ReadOnlySpan<float> RatingsOf(int user) => _ratings is null ? default : Slice(_ratings, user);

    /// <summary>Times (Unix seconds) in the order of <see cref="ItemsOf"/>; empty when there are none.</summary>
    public ReadOnlySpan<long> TimesOf(int user) => _times is null ? default : Slice(_times, user);

    /// <summary>How many users watched each item.</summary>
    public int[] ItemCounts()
    {
        int[] counts = new int[ItemCount];
        foreach (int item in _items) counts[item]++;
        return counts;
    }

    /// <summary>The items × users matrix: row i lists the users of item i, rising. Ratings and times stay behind.</summary>
    public InteractionDataset Transpose()
    {
        long[] start = new long[ItemCount + 1];
        foreach (int item in _items) start[item + 1]++;
        for (int i = 0; i < ItemCount; i++) start[i + 1] += start[i];
        long[] next = [.. start];
        int[] users = new int[_items.Length];
        for (int user = 0; user < UserCount; user++)
        {
            foreach (int item in ItemsOf(user)) users[next[item]++] = user;
        }

        return new InteractionDataset(Items, Users, start, users, null, null);
    }

    /// <summary>Everything that is in this set or in the other; ratings stay behind, and times where one of the two has none.</summary>
    /// <param name="other">A set whose vocabularies begin with those of this one.</param>
    public InteractionDataset Union(InteractionDataset other)
    {
        InteractionDatasetBuilder builder = new();
        bool timed = HasTimes && other.HasTimes;
        foreach (InteractionDataset part in new[] { this, other })
        {
            for (int user = 0; user < part.UserCount; user++)
            {
                ReadOnlySpan<int> rows = part.ItemsOf(user);
                for (int n = 0; n < rows.Length; n++) builder.Add(user, rows[n], null, timed ? part.TimesOf(user)[n] : null);
            }
        }

        return builder.Build(other.Users, other.Items);
    }

    /// <summary>
    /// SHA-256 over vocabularies, rows, ratings and times: two data sets with one hash train the same model.
    /// </summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddIds(hash, Users);
        AddIds(hash, Items);
        AddNumbers<long>(hash, _start);
        AddNumbers<int>(hash, _items);
        AddNumbers<float>(hash, _ratings);
        AddNumbers<long>(hash, _times);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Keeps the interactions that <paramref name="keep"/> accepts, by user and position in the user's row.</summary>
    internal InteractionDataset Where(Func<int, int, bool> keep)
    {
        long[] start = new long[UserCount + 1];
        List<int> items = [];
        List<float>? ratings = _ratings is null ? null : [];
        List<long>? times = _times is null ? null : [];
        for (int user = 0; user < UserCount; user++)
        {
            for (long at = _start[user]; at < _start[user + 1]; at++)
            {
                if (!keep(user, (int)(at - _start[user]))) continue;
                items.Add(_items[at]);
                ratings?.Add(_ratings![at]);
                times?.Add(_times![at]);
            }

            start[user + 1] = items.Count;
        }

        return new InteractionDataset(Users, Items, start, [.. items], ratings?.ToArray(), times?.ToArray());
    }

    private ReadOnlySpan<T> Slice<T>(T[] values, int user) => values.AsSpan((int)_start[user], (int)(_start[user + 1] - _start[user]));

    private static void AddIds(IncrementalHash hash, Vocabulary vocabulary)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (string id in vocabulary.Ids)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(id);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            hash.AppendData(length);
            hash.AppendData(utf8);
        }

        AddNumbers<int>(hash, [vocabulary.Count]);
    }

    private static void AddNumbers<T>(IncrementalHash hash, T[]? values)
        where T : unmanaged
    {
        const int Piece = 1 << 16;
        Span<byte> present = [values is null ? (byte)0 : (byte)1];
        hash.AppendData(present);
        if (values is null) return;
        for (int at = 0; at < values.Length; at += Piece)
            hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan(at, Math.Min(Piece, values.Length - at))));
    }
}
