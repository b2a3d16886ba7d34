using System.Globalization;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnRegression;

/// <summary>The words of a regression model in the plane, coloured by what they do to the target.</summary>
internal static class WordPicture
{
    private const int MostWords = 600, Nearest = 6, Shown = 4, Bands = 5;

    /// <summary>Words with their nearest words: those asked for, or those that do most to the target.</summary>
    public static IReadOnlyList<WordNeighbours> Choose(WordEffects words, string[] asked)
    {
        string[] wanted = asked.Length > 0 ? asked : [.. words.Strongest(Shown).Select(word => word.Word)];
        return [.. wanted.Distinct().Select(word => words.NeighboursOf(word, Nearest) ??
            throw new ArgumentException($"--words names '{word}': it stands in less than one of a hundred training texts."))];
    }

    public static void Write(string path, RegressionOutcome outcome)
    {
        WordEffects words = outcome.Words;
        if (words.Words.Count < 3) throw new CliException($"{words.Words.Count} words stand in one of a hundred texts: too few for a picture.");
        double[] bounds = [.. words.Words.Select(word => word.Effect).Order()];
        double[][] places = PrincipalAxes.Of(words.Vectors, 2).Project(words.Vectors);
        // Words that do much are labelled first: those of little effect tell nothing.
        int[] order = [.. Enumerable.Range(0, Math.Min(MostWords, words.Words.Count)).OrderByDescending(n => Math.Abs(words.Words[n].Effect))];
        ScatterPoint[] points = [.. order.Select(n => new ScatterPoint(places[n], BandOf(words.Words[n].Effect), Title(words.Words[n]), words.Words[n].Word))];
        string target = outcome.Regression.Schema.Target;
        ScatterPicture picture = new(
            $"Words by what they do to '{target}'",
            [
                string.Create(CultureInfo.InvariantCulture, $"Two principal axes of {outcome.Regression.Dimension} dimensions; {points.Length} words that stand in at least one of a hundred texts."),
                string.Create(CultureInfo.InvariantCulture, $"Correlation of a word's effect with the mean effect of its {Nearest} nearest words: {words.Grouping(Nearest):f2} (0 by chance)."),
            ],
            ["lowers most", "lowers", "little", "raises", "raises most"], points);
        ScatterPage.Write(path, picture);

        int BandOf(double effect) => Math.Min(Bands - 1, Math.Max(0, Array.BinarySearch(bounds, effect)) * Bands / bounds.Length);
    }

    private static string Title(WordEffect word) => string.Create(CultureInfo.InvariantCulture, $"{word.Word}: {word.Effect:+0.000;−0.000}, in {word.Texts} texts");
}
