using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// An item's place among its audience: the sum of the unit vectors of those who watched it, less its part along the direction that all
/// users share, at unit length. The item vectors of iALS are made to predict watches: who watched ten times as much pulls them ten times as
/// hard (far below α₀N a user's vector grows with their watches), and what is popular lies in one direction. Here every watcher counts once, and popularity not at all.
/// </summary>
internal static class AudienceVectors
{
    private const int ChunkRows = 64;

    /// <summary>The vectors of all items; zeros for an item that nobody watched.</summary>
    /// <param name="byItem">The watchers of each item, as rows of <paramref name="users"/>.</param>
    /// <param name="users">The users' vectors.</param>
    /// <param name="threads">Most threads; the result does not depend on it.</param>
    public static VectorTable Of(InteractionDataset byItem, VectorTable users, int threads)
    {
        VectorTable vectors = new(byItem.UserCount, users.Dimension);
        float[] scales = Scales(users), common = Common(users, scales);
        DeterministicParallel.For(vectors.Rows, ChunkRows, threads, (from, to) =>
        {
            for (int item = from; item < to; item++) Place(byItem.ItemsOf(item), users, scales, common, vectors.Writable(item));
        });
        return vectors;
    }

    /// <summary>The vector of one item, from the rows of its watchers.</summary>
    public static float[] Of(ReadOnlySpan<int> watchers, VectorTable users)
    {
        float[] vector = new float[users.Dimension], scales = Scales(users);
        Place(watchers, users, scales, Common(users, scales), vector);
        return vector;
    }

    private static void Place(ReadOnlySpan<int> watchers, VectorTable users, float[] scales, float[] common, Span<float> vector)
    {
        foreach (int user in watchers) FixedLanes.Add(vector, scales[user], users[user]);
        FixedLanes.Add(vector, -FixedLanes.Dot(vector, common), common);
        FixedLanes.TryNormalise(vector);
    }

    /// <summary>The direction of the sum of all users' unit vectors.</summary>
    private static float[] Common(VectorTable users, float[] scales)
    {
        float[] sum = new float[users.Dimension];
        for (int user = 0; user < users.Rows; user++) FixedLanes.Add(sum, scales[user], users[user]);
        FixedLanes.TryNormalise(sum);
        return sum;
    }

    /// <summary>What brings each user to unit length; 0 for one who watched nothing.</summary>
    private static float[] Scales(VectorTable users)
    {
        float[] scales = new float[users.Rows];
        for (int user = 0; user < scales.Length; user++)
        {
            float norm = MathF.Sqrt(FixedLanes.Dot(users[user], users[user]));
            scales[user] = norm > 0 ? 1 / norm : 0;
        }

        return scales;
    }
}
