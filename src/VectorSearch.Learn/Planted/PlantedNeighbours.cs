using System.Globalization;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>How well planted neighbours are found again.</summary>
/// <param name="Model">Recall@10 of the model.</param>
/// <param name="Oracle">Recall@10 of the oracle.</param>
/// <param name="Films">Films with enough watches, among which neighbours are looked for.</param>
/// <param name="Queries">Films asked about, a seeded sample of them.</param>
public sealed record PlantedRecall(double Model, double Oracle, int Films, int Queries);

/// <summary>
/// Compares the ten nearest films by a model with the ten nearest by planted vectors. The oracle knows
/// what no learner can, the planted vectors of all users, and places a film at the mean of those who watched it in the
/// same training data: what is lost there is lost to anyone.
/// </summary>
public static class PlantedNeighbours
{
    private const int K = 10;

    /// <summary>The question of a model that asks for taste alone, as the truth does: <c>audience</c> where it has one, else <c>similar</c>.</summary>
    public static string QuestionOf(LearnedModel model) => model.Questions.ContainsKey("audience") ? "audience" : "similar";

    /// <summary>Measures.</summary>
    /// <param name="model">A model.</param>
    /// <param name="question">The question that it answers with films like a film: <c>similar</c>, or <c>audience</c> with iALS.</param>
    /// <param name="train">The training part; ids are the numbers of users and items.</param>
    /// <param name="plantedItems">Planted vectors of the films, by number.</param>
    /// <param name="plantedUsers">Planted vectors of the users, by number.</param>
    /// <param name="minWatches">Films with fewer are left out.</param>
    /// <param name="queries">Films to ask about.</param>
    /// <param name="seed">Seed of the sample.</param>
    public static PlantedRecall Measure(
        LearnedModel model, string question, InteractionDataset train, VectorTable plantedItems, VectorTable plantedUsers, int minWatches = 20,
        int queries = 1000, ulong seed = 1)
    {
        int[] counts = train.ItemCounts();
        int[] films = [.. Enumerable.Range(0, counts.Length).Where(item => counts[item] >= minWatches)];
        if (films.Length <= K) throw new ArgumentException($"{films.Length} films have {minWatches} watches or more: expected more than {K}.", nameof(train));
        InteractionDataset byItem = train.Transpose();
        VectorTable truth = new(films.Length, PlantedWorld.Rank), oracle = new(films.Length, PlantedWorld.Rank);
        VectorTable vectors = model.Question(question).Items, learned = new(films.Length, vectors.Dimension);
        for (int n = 0; n < films.Length; n++)
        {
            plantedItems[int.Parse(train.Items[films[n]], CultureInfo.InvariantCulture)].CopyTo(truth.Writable(n));
            foreach (int user in byItem.ItemsOf(films[n]))
                FixedLanes.Add(oracle.Writable(n), 1, plantedUsers[int.Parse(train.Users[user], CultureInfo.InvariantCulture)]);
            vectors[model.Items.RowOf(train.Items[films[n]])].CopyTo(learned.Writable(n));
        }

        int[] asked = [.. Enumerable.Range(0, films.Length)];
        new Xoshiro256(seed).Shuffle(asked.AsSpan());
        asked = asked[..Math.Min(queries, asked.Length)];
        int[][] expected = Nearest(truth, asked);
        return new PlantedRecall(Recall(expected, Nearest(learned, asked)), Recall(expected, Nearest(oracle, asked)), films.Length, asked.Length);
    }

    private static double Recall(int[][] expected, int[][] found) =>
        expected.Zip(found, (truth, answer) => truth.Intersect(answer).Count() / (double)K).Average();

    private static int[][] Nearest(VectorTable table, int[] asked)
    {
        for (int row = 0; row < table.Rows; row++) FixedLanes.TryNormalise(table.Writable(row));
        int[][] nearest = new int[asked.Length][];
        DeterministicParallel.For(asked.Length, 8, 0, () => new float[table.Rows], (from, to, scores) =>
        {
            for (int n = from; n < to; n++)
            {
                for (int row = 0; row < table.Rows; row++) scores[row] = FixedLanes.Dot(table[asked[n]], table[row]);
                scores[asked[n]] = float.NegativeInfinity;
                nearest[n] = new int[K];
                TopK.Select(scores, nearest[n]);
            }
        });
        return nearest;
    }
}
