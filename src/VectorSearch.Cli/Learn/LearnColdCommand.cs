using System.CommandLine;
using System.Globalization;
using VectorSearch.Cli.Quickstart;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch learn cold</c>: how well items that nobody watched are placed by what is known of them.</summary>
internal static class LearnColdCommand
{
    public static Command Create()
    {
        Option<string?> ratings = new("--ratings") { HelpName = "FILE", Description = "Who watched what; the shipped ratings by default." };
        Option<string?> films = new("--films") { HelpName = "FILE", Description = "MovieLens movies.csv with genres; the shipped one by default." };
        Option<string?> tags = new("--tags") { HelpName = "FILE", Description = "MovieLens tags.csv; the shipped one when no other file is given." };
        Option<double> fraction = new("--fraction") { DefaultValueFactory = _ => 0.1, HelpName = "F", Description = "Part of the items that is held out whole." };
        Option<ulong> seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Which items are held out." };
        Command command = new("cold", "Hold out whole items, place them by genres and tags, and measure.") { ratings, films, tags, fraction, seed };
        command.SetAction(parsed => BadOptions.Report(() =>
        {
            bool shipped = parsed.GetValue(ratings) is null && parsed.GetValue(films) is null;
            SampleData? sample = parsed.GetValue(ratings) is null || parsed.GetValue(films) is null ? SampleData.Read() : null;
            InteractionDataset data = parsed.GetValue(ratings) is { } path ? InteractionReader.Read(path) : sample!.Ratings;
            FilmCatalog catalogue = parsed.GetValue(films) is { } movies ? FilmCatalog.Read(movies) : sample!.Films;
            ItemFeatures features = ItemFeatures.OfFilms(catalogue, parsed.GetValue(tags) is { } file ? FilmTags.Read(file) : shipped ? sample!.Tags : null);
            ColdItemReport report = ColdItems.Measure(
                data, features.Of, IalsPresets.Films with { Seed = parsed.GetValue(seed) },
                parsed.GetValue(fraction), seed: parsed.GetValue(seed));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"recall@20 among {report.Items} items held out whole, {report.Users} users: learned space {report.Learned:f4}, features alone {report.Content:f4}, chance {report.Chance:f4}"));
        }));
        return command;
    }
}
