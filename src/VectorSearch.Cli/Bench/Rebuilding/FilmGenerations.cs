using VectorSearch.Cli.Quickstart;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>Models of the shipped films, each trained on more of the ratings than the one before: what retraining does.</summary>
internal sealed class FilmGenerations
{
    /// <summary>The question whose generations they are: what someone watched → films.</summary>
    public const string Question = "history";

    private const double LeastShare = 0.7;

    private FilmGenerations(InteractionDataset ratings, IReadOnlyList<string> files, IReadOnlyList<LearnedModel> models, IReadOnlyList<int> films) =>
        (Ratings, Files, Models, Films) = (ratings, files, models, films);

    /// <summary>Who watched what.</summary>
    public InteractionDataset Ratings { get; }

    /// <summary>Model files, in order.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>What is in them.</summary>
    public IReadOnlyList<LearnedModel> Models { get; }

    /// <summary>Rows of the films to hold: those that every model knows.</summary>
    public IReadOnlyList<int> Films { get; }

    /// <summary>Trains them and writes their files.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="count">How many.</param>
    /// <param name="settings">Dimension, films, seed.</param>
    /// <param name="cancellation">Stops.</param>
    public static FilmGenerations Train(string directory, int count, RebuildBenchSettings settings, CancellationToken cancellation)
    {
        InteractionDataset ratings = SampleData.Read().Ratings;
        List<string> files = [];
        List<LearnedModel> models = [];
        for (int i = 0; i < count; i++)
        {
            double heldOut = (1 - LeastShare) * (count - 1 - i) / Math.Max(1, count - 1);
            InteractionDataset part = heldOut <= 0 ? ratings : DatasetSplitter.RandomFraction(ratings, heldOut, settings.Seed).Train;
            IalsOptions options = IalsPresets.Films with { Dimension = settings.Dimension, Seed = settings.Seed + (ulong)i };
            LearnedModel model = IalsLearner.Train(part, options, null, cancellation);
            string file = Path.Combine(directory, $"films-{i + 1}.vsmodel");
            ModelFile.Save(model, file);
            files.Add(file);
            models.Add(ModelFile.Load(file));
        }

        int[] counts = ratings.ItemCounts();
        IEnumerable<int> known = Enumerable.Range(0, ratings.ItemCount)
            .Where(row => models.All(model => model.Items.TryGetRow(ratings.Items[row], out int its) && !model.Question(Question).Items.IsZero(its)))
            .OrderByDescending(row => counts[row]);
        return new FilmGenerations(ratings, files, models, [.. settings.Films > 0 ? known.Take(settings.Films) : known]);
    }

    /// <summary>The score that a model gives a film for a history; null if it knows the film or the history not.</summary>
    public static double? Score(LearnedModel model, IReadOnlyList<string> history, string film)
    {
        ModelQuestion question = model.Question(Question);
        float[] query = new float[question.Dimension];
        if (question.Encode(history, default, query) == 0 || !model.Items.TryGetRow(film, out int row)) return null;
        double score = 0;
        ReadOnlySpan<float> item = question.Items[row];
        for (int i = 0; i < query.Length; i++) score += (double)query[i] * item[i];
        return score;
    }
}
