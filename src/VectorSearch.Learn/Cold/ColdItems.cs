using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>How well items are recommended that nobody had watched when the model was trained.</summary>
/// <param name="Learned">Recall@20 among the held-out items, placed by their features in the learned space.</param>
/// <param name="Content">The same by the features alone: the cosine of a user's profile of features and the item's.</param>
/// <param name="Chance">The same of a random order.</param>
/// <param name="Items">Held-out items.</param>
/// <param name="Users">Users who watched one of them and something else.</param>
public sealed record ColdItemReport(double Learned, double Content, double Chance, int Items, int Users);

/// <summary>
/// Holds out whole items: all their watches leave the training data, they come back by their features alone, and are ranked for those
/// who did watch them. Popularity says nothing here: all held-out items have none.
/// </summary>
public static class ColdItems
{
    private const int K = 20;

    /// <summary>Measures.</summary>
    /// <param name="data">Who watched what.</param>
    /// <param name="featuresOf">The features of an item id.</param>
    /// <param name="options">How the items that stay are learned.</param>
    /// <param name="fraction">Part of the items with features and at least <paramref name="minWatches"/> watches that is held out.</param>
    /// <param name="minWatches">Fewest watches of a held-out item.</param>
    /// <param name="seed">Which items are held out.</param>
    /// <exception cref="ArgumentException">Too few items have features.</exception>
    public static ColdItemReport Measure(
        InteractionDataset data, Func<string, IReadOnlyCollection<string>> featuresOf, IalsOptions options, double fraction = 0.1, int minWatches = 5, ulong seed = 1)
    {
        int[] counts = data.ItemCounts();
        int[] able = [.. Enumerable.Range(0, data.ItemCount).Where(item => counts[item] >= minWatches && featuresOf(data.Items[item]).Count > 0)];
        new Xoshiro256(seed, 41).Shuffle(able.AsSpan());
        int[] cold = able[..(int)(fraction * able.Length)];
        if (cold.Length <= K) throw new ArgumentException($"{cold.Length} items would be held out: expected more than {K}.", nameof(fraction));
        bool[] isCold = new bool[data.ItemCount];
        foreach (int item in cold) isCold[item] = true;
        InteractionDataset train = data.Where((user, at) => !isCold[data.ItemsOf(user)[at]]), held = data.Where((user, at) => isCold[data.ItemsOf(user)[at]]);

        ModelQuestion question = IalsLearner.Train(train, options).Question("history");
        FeatureMap map = FeatureMap.Fit(data.Items, question.Items, featuresOf);
        VectorTable learned = new(cold.Length, question.Dimension);
        for (int n = 0; n < cold.Length; n++) map.Place(featuresOf(data.Items[cold[n]]), learned.Writable(n));
        Vocabulary names = new(Enumerable.Range(0, data.ItemCount).SelectMany(item => featuresOf(data.Items[item])).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        float[][] features = [.. Enumerable.Range(0, data.ItemCount).Select(item => Profile(featuresOf(data.Items[item]), names))];

        double byVector = 0, byContent = 0;
        int users = 0;
        float[] query = new float[question.Dimension], scores = new float[cold.Length];
        for (int user = 0; user < data.UserCount; user++)
        {
            if (train.ItemsOf(user).IsEmpty || held.ItemsOf(user).IsEmpty) continue;
            users++;
            HashSet<int> wanted = [.. held.ItemsOf(user)];
            question.Encode(train.ItemsOf(user), default, query);
            for (int n = 0; n < cold.Length; n++) scores[n] = FixedLanes.Dot(query, learned[n]);
            byVector += Recall(scores, cold, wanted);
            float[] taste = new float[names.Count];
            foreach (int item in train.ItemsOf(user)) FixedLanes.Add(taste, 1, features[item]);
            for (int n = 0; n < cold.Length; n++) scores[n] = FixedLanes.Dot(taste, features[cold[n]]);
            byContent += Recall(scores, cold, wanted);
        }

        return new ColdItemReport(byVector / users, byContent / users, (double)K / cold.Length, cold.Length, users);
    }

    /// <summary>Places items that a model has no vector of by what is known of them. The vectors may stand among the items of <c>history</c> and <c>similar</c>.</summary>
    /// <param name="model">A model with a <see cref="FeatureMap"/>.</param>
    /// <param name="ids">The items; those that the model has a vector of, or knows no feature of, are left out.</param>
    /// <param name="features">What is known of them.</param>
    /// <exception cref="KeyNotFoundException">The model has no map; the message lists the questions it answers.</exception>
    public static NamedVectors Place(LearnedModel model, IEnumerable<string> ids, ItemFeatures features)
    {
        ModelQuestion question = model.Question(FeatureMap.QuestionName);
        List<string> placed = [];
        List<float[]> vectors = [];
        foreach (string id in ids)
        {
            if (model.Items.TryGetRow(id, out int row) && !question.Items.IsZero(row)) continue;
            float[] vector = new float[question.Dimension];
            if (question.Encode([.. features.Of(id)], default, vector) == 0) continue;
            placed.Add(id);
            vectors.Add(vector);
        }

        return new NamedVectors(placed, placed.Count == 0 ? new VectorTable(0, question.Dimension) : VectorTable.Of(vectors));
    }

    private static float[] Profile(IReadOnlyCollection<string> features, Vocabulary names)
    {
        float[] profile = new float[names.Count];
        foreach (string feature in features) profile[names.RowOf(feature)] = 1;
        FixedLanes.TryNormalise(profile);
        return profile;
    }

    private static double Recall(float[] scores, int[] cold, HashSet<int> wanted)
    {
        int[] best = new int[K];
        int found = TopK.Select(scores, best);
        return best.Take(found).Count(n => wanted.Contains(cold[n])) / (double)wanted.Count;
    }
}
