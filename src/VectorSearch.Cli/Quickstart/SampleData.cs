using VectorSearch.Learn;

namespace VectorSearch.Cli.Quickstart;

/// <summary>MovieLens latest-small as it ships with the program: who rated what, what the films are called, and how people tagged them.</summary>
internal sealed record SampleData(InteractionDataset Ratings, FilmCatalog Films, IReadOnlyDictionary<string, IReadOnlyCollection<string>> Tags)
{
    private const string Folder = "movielens-latest-small";

    /// <summary>Where the data comes from, for the model card.</summary>
    public const string Origin = "MovieLens latest-small (GroupLens, September 2018)";

    /// <summary>Its licence, for the model card.</summary>
    public const string Licence = "GroupLens terms: research and other non-commercial use; redistribution under the same terms";

    /// <summary>Reads the files beside the program.</summary>
    /// <exception cref="CliException">They are not there.</exception>
    /// <exception cref="DataFormatException">One of them is damaged; names file, line and column.</exception>
    public static SampleData Read()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", Folder);
        if (!Directory.Exists(folder)) throw new CliException($"The sample data is missing: expected the folder '{folder}'. Build the program again from a whole checkout.");
        return new SampleData(
            InteractionReader.Read(Path.Combine(folder, "ratings.csv.gz")),
            FilmCatalog.Read(Path.Combine(folder, "movies.csv")),
            FilmTags.Read(Path.Combine(folder, "tags.csv")));
    }
}
