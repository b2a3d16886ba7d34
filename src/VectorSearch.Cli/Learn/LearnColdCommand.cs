using System.CommandLine;
using System.Globalization;
using VectorSearch.Cli.Quickstart;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch learn cold</c>: how well items that nobody watched are placed by what is known of them; and places them.</summary>
internal static class LearnColdCommand
{
    private static readonly Option<string?> Ratings = new("--ratings") { HelpName = "FILE", Description = "Who watched what; the shipped ratings by default." };
    private static readonly Option<string?> Films = new("--films") { HelpName = "FILE", Description = "MovieLens movies.csv with genres; the shipped one by default." };
    private static readonly Option<string?> Tags = new("--tags") { HelpName = "FILE", Description = "MovieLens tags.csv; the shipped one when no other file is given." };
    private static readonly Option<double> Fraction = new("--fraction") { DefaultValueFactory = _ => 0.1, HelpName = "F", Description = "Part of the items that is held out whole." };
    private static readonly Option<ulong> Seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Which items are held out, and the start of training." };
    private static readonly Option<string?> Model = new("--model") { HelpName = "MODEL", Description = "Instead of measuring, place the films of --films that this model has no vector of." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "FILE", Description = "A model of all the ratings that places new films, to write after measuring; with --model the vectors placed: .jsonl, .npy, .fvecs, .fbin, .txt or .bin." };

    public static Command Create()
    {
        Command command = new("cold", "Hold out whole items, place them by genres and tags, and measure; or place new items into a model.")
        {
            Ratings, Films, Tags, Fraction, Seed, Model, Out,
        };
        command.SetAction(parsed => BadOptions.Report(() =>
        {
            if (parsed.GetValue(Model) is { } model) Place(model, parsed);
            else Measure(parsed);
        }));
        return command;
    }

    private static void Measure(ParseResult parsed)
    {
        bool shipped = parsed.GetValue(Ratings) is null && parsed.GetValue(Films) is null;
        SampleData? sample = parsed.GetValue(Ratings) is null || parsed.GetValue(Films) is null ? SampleData.Read() : null;
        InteractionDataset data = parsed.GetValue(Ratings) is { } path ? InteractionReader.Read(path) : sample!.Ratings;
        FilmCatalog catalogue = parsed.GetValue(Films) is { } movies ? FilmCatalog.Read(movies) : sample!.Films;
        ItemFeatures features = ItemFeatures.OfFilms(catalogue, parsed.GetValue(Tags) is { } file ? FilmTags.Read(file) : shipped ? sample!.Tags : null);
        IalsOptions options = IalsPresets.Films with { Seed = parsed.GetValue(Seed) };

        ColdItemReport report = ColdItems.Measure(data, features.Of, options, parsed.GetValue(Fraction), seed: parsed.GetValue(Seed));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"recall@20 among {report.Items} items held out whole, {report.Users} users: learned space {report.Learned:f4}, features alone {report.Content:f4}, chance {report.Chance:f4}"));
        if (parsed.GetValue(Out) is not { } target) return;
        LearnedModel model = FeatureMap.AddTo(IalsLearner.Train(data, options), features);
        string digest = ModelFile.Save(model, target);
        Console.WriteLine($"model of all {data.ItemCount} items, which places new ones by {model.Features!.Count} genres and tags, written to {target} (sha256:{digest})");
    }

    private static void Place(string model, ParseResult parsed)
    {
        if (parsed.GetValue(Films) is not { } films || parsed.GetValue(Out) is not { } target)
            throw new ArgumentException("--model came without --films or without --out: expected the films to place and the file of their vectors.");
        FilmCatalog catalogue = FilmCatalog.Read(films);
        ItemFeatures features = ItemFeatures.OfFilms(catalogue, parsed.GetValue(Tags) is { } tags ? FilmTags.Read(tags, minFilms: 1) : null);
        NamedVectors placed = ColdItems.Place(ModelFile.Load(model), catalogue.Films.Select(film => film.Id), features);
        EmbeddingFile.Write(placed, target);
        Console.WriteLine($"{placed.Ids.Count} of {catalogue.Films.Count} films placed, the others have a vector or no feature that the model knows; vectors written to {target}");
    }
}
