using System.CommandLine;
using System.Globalization;
using VectorSearch.Cli.Quickstart;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Map;

/// <summary><c>vectorsearch map</c>: a model's films on a line and in the plane, on axes that mean something.</summary>
internal static class MapCommand
{
    private const int MostFilms = 20_000;

    private static readonly Option<string?> Model = new("--model") { HelpName = "MODEL", Description = "A learned model with the question 'similar'; without it one is learned from the shipped ratings." };
    private static readonly Option<string?> Films = new("--films") { HelpName = "FILE", Description = "MovieLens movies.csv: titles and genres; the shipped one by default." };
    private static readonly Option<string?> Ratings = new("--ratings") { HelpName = "FILE", Description = "Who rated what, for how well known a film is; the shipped ratings by default." };
    private static readonly Option<string?> Attributes = new("--attributes") { HelpName = "FILE", Description = "Tab-separated table by movieId with mpaa, budgets and grosses, plain or .gz; without it the axes are genres and numbers of ratings." };
    private static readonly Option<string> Out = new("--out") { DefaultValueFactory = _ => "map.html", HelpName = "FILE", Description = "The picture: .html or .svg." };
    private static readonly Option<int> MinRatings = new("--min-ratings") { DefaultValueFactory = _ => 20, HelpName = "N", Description = "Leave out films with fewer ratings: their vectors are mostly chance." };
    private static readonly Option<int> Labels = new("--labels") { DefaultValueFactory = _ => 110, HelpName = "N", Description = "Most films with a label in one picture." };
    private static readonly Option<ulong> Seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Seed of the model, of the halves that axes are fitted and measured on, and of the layout." };

    public static Command Create()
    {
        Command command = new("map", "Draw a model's films: on a line, in the plane, and on axes that are fitted to attributes.")
        {
            Model, Films, Ratings, Attributes, Out, MinRatings, Labels, Seed,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() => BadOptions.Report(() => Run(parsed, cancellation)), CancellationToken.None));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        SampleData? shipped = parsed.GetValue(Model) is null || parsed.GetValue(Films) is null || parsed.GetValue(Ratings) is null ? SampleData.Read() : null;
        InteractionDataset ratings = parsed.GetValue(Ratings) is { } path ? InteractionReader.Read(path, cancellationToken: cancellation) : shipped!.Ratings;
        FilmCatalog films = parsed.GetValue(Films) is { } catalogue ? FilmCatalog.Read(catalogue) : shipped!.Films;
        ulong seed = parsed.GetValue(Seed);
        // Without genres as rows: an axis of genres shall be found in who watched what, not in what was put in.
        LearnedModel model = parsed.GetValue(Model) is { } file
            ? ModelFile.Load(file)
            : IalsLearner.Train(ratings, IalsPresets.Films with { Seed = seed }, cancellationToken: cancellation);
        FilmMap map = FilmMap.Of(model, films, ratings, parsed.GetValue(MinRatings), MostFilms);
        FilmAttributes? attributes = parsed.GetValue(Attributes) is { } table ? FilmAttributes.Read(table) : null;
        MapAxis audience = map.AudienceAxis(attributes, seed), size = map.SizeAxis(attributes, seed);
        double[][] plane = map.PrincipalPlane(out string shares), layout = map.NeighbourPlane(plane, seed);
        double planeKept = NeighbourLayout.Preserved(map.Points, plane), layoutKept = NeighbourLayout.Preserved(map.Points, layout);
        int labels = parsed.GetValue(Labels);
        IReadOnlyList<MapFilm> byAxes = map.At(audience.Places, size.Places, 0.005);
        SvgPanel[] panels =
        [
            SvgPanel.Line($"On a line, from {audience.Low} to {audience.High}", [audience.Note], byAxes, labels, audience.Low, audience.High),
            SvgPanel.Plane(
                $"In a plane: {audience.Low} to {audience.High}, {size.Low} to {size.High}", [audience.Note, size.Note], byAxes, labels,
                new AxisNames(audience.Low, audience.High, size.Low, size.High)),
            SvgPanel.Plane("The two principal components", [$"{shares} {Kept(planeKept)}"], map.At(Column(plane, 0), Column(plane, 1), 0), labels, null),
            SvgPanel.Plane("Neighbours kept together", [$"A layout of the graph of nearest neighbours; directions and far distances mean nothing. {Kept(layoutKept)}"], map.At(Column(layout, 0), Column(layout, 1), 0), labels, null),
        ];
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{map.Points.Rows} films with at least {parsed.GetValue(MinRatings)} ratings, by vectors of {map.Points.Dimension} dimensions learned from who watched what. A dot's colour is its genre; hover over it for its name.");
        MapPage.Write(parsed.GetValue(Out)!, "A map of films", text, panels);
        Console.WriteLine($"{audience.Note}\n{size.Note}\nneighbours kept: principal components {planeKept:f3}, layout {layoutKept:f3}\nwritten to {parsed.GetValue(Out)}");
    }

    private static string Kept(double share) => string.Create(
        CultureInfo.InvariantCulture, $"Of a film's {NeighbourLayout.ComparedNeighbours} nearest by cosine, {100 * share:f0} in 100 are among its {NeighbourLayout.ComparedNeighbours} nearest here.");

    private static double[] Column(double[][] places, int column) => [.. places.Select(place => place[column])];
}
