using System.Globalization;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Map;

/// <summary>A fitted axis with the places of all films on it.</summary>
/// <param name="Low">Name of its low end.</param>
/// <param name="High">Name of its high end.</param>
/// <param name="Places">Places of the films, from low to high.</param>
/// <param name="Note">What it was fitted to, and its quality on films held out.</param>
internal sealed record MapAxis(string Low, string High, double[] Places, string Note);

/// <summary>The films of a model that are known well enough to be drawn, with their unit vectors.</summary>
internal sealed class FilmMap
{
    private static readonly string[] ChildrenGenres = ["Children", "Children's"];

    private readonly Film[] _films;
    private readonly int[] _watches;

    private FilmMap(VectorTable points, Film[] films, int[] watches)
    {
        Points = points;
        _films = films;
        _watches = watches;
    }

    /// <summary>The vectors, of unit length.</summary>
    public VectorTable Points { get; }

    /// <summary>Takes the films that the catalogue names and enough people rated.</summary>
    /// <exception cref="CliException">Fewer than a picture needs are left.</exception>
    public static FilmMap Of(LearnedModel model, FilmCatalog catalogue, InteractionDataset ratings, int minRatings, int most)
    {
        ModelQuestion question = model.Question("similar");
        int[] counts = ratings.ItemCounts();
        List<(Film Film, int Row, int Watches)> films = [];
        for (int row = 0; row < question.Items.Rows; row++)
        {
            if (question.Items.IsZero(row) || !catalogue.TryGet(model.Items[row], out Film? film)) continue;
            int watches = ratings.Items.TryGetRow(film.Id, out int rated) ? counts[rated] : 0;
            if (watches >= minRatings) films.Add((film, row, watches));
        }

        if (films.Count < 50) throw new CliException($"{films.Count} films of the model are in the catalogue and have {minRatings} ratings or more: expected at least 50. Lower --min-ratings, or give --films and --ratings of the model's own data.");
        films = [.. films.OrderByDescending(film => film.Watches).ThenBy(film => film.Row).Take(most)];
        float[] values = new float[question.Dimension];
        List<float[]> units = [];
        foreach ((_, int row, _) in films)
        {
            question.Items[row].CopyTo(values);
            float norm = MathF.Sqrt(values.Sum(x => x * x));
            units.Add([.. values.Select(x => x / norm)]);
        }

        return new FilmMap(VectorTable.Of(units), [.. films.Select(film => film.Film)], [.. films.Select(film => film.Watches)]);
    }

    /// <summary>From films for children to films for adults: by audience ratings where a table has them, else by genre.</summary>
    public MapAxis AudienceAxis(FilmAttributes? attributes, ulong seed)
    {
        double[] adult = attributes is null
            ? [.. _films.Select(film => ChildrenGenres.Any(film.Genres.Contains) ? 0.0 : 1.0)]
            : [.. _films.Select(film => attributes.AdultOf(film.Id))];
        return Axis(
            "children", "adults", adult,
            attributes is null ? "genre Children against all others" : "audience ratings, G and PG against R", seed);
    }

    /// <summary>From small films to big ones: by budgets and grosses where a table has them, else by how many people rated them.</summary>
    public MapAxis SizeAxis(FilmAttributes? attributes, ulong seed)
    {
        double[] size = attributes is null
            ? [.. _watches.Select(watches => Math.Log(watches))]
            : [.. _films.Select(film => attributes.SizeOf(film.Id))];
        return Axis("arthouse", "blockbuster", size, attributes is null ? "numbers of ratings" : "budgets and grosses", seed);
    }

    /// <summary>The first two principal components.</summary>
    public double[][] PrincipalPlane(out string shares)
    {
        PrincipalAxes axes = PrincipalAxes.Of(Points, 2);
        shares = string.Create(CultureInfo.InvariantCulture, $"They hold {100 * axes.Shares[0]:f0} and {100 * axes.Shares[1]:f0} % of the variance.");
        return axes.Project(Points);
    }

    /// <summary>The neighbour-preserving layout, from principal components on; turned so that its greatest width lies across.</summary>
    public double[][] NeighbourPlane(double[][] start, ulong seed)
    {
        double[][] places = NeighbourLayout.Place(Points, start, seed);
        VectorTable flat = VectorTable.Of([.. places.Select(place => new[] { (float)place[0], (float)place[1] })]);
        return PrincipalAxes.Of(flat, 2).Project(flat);
    }

    /// <summary>The films at places; the given part at each end is held at the margin.</summary>
    public IReadOnlyList<MapFilm> At(double[] x, double[] y, double margin)
    {
        double[] across = Scaled(x, margin), up = Scaled(y, margin);
        return [.. _films.Select((film, n) =>
        {
            (string title, string year) = MapFilm.Split(film.Title);
            return new MapFilm(title, year, film.Genres, _watches[n], across[n], up[n]);
        })];
    }

    private MapAxis Axis(string low, string high, double[] attribute, string source, ulong seed)
    {
        AttributeAxis axis = AttributeAxis.Fit(Points, attribute, seed: seed);
        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"{char.ToUpperInvariant(low[0])}{low[1..]} to {high}: fitted to {source} of {axis.Fitted} films; on {axis.HeldOut} others {(axis.IsBinary ? "AUC" : "Spearman")} {axis.Quality:f2}.");
        return new MapAxis(low, high, axis.Project(Points), note);
    }

    private static double[] Scaled(double[] places, double margin)
    {
        double[] order = [.. places.Order()];
        double low = order[(int)(margin * (order.Length - 1))], high = order[order.Length - 1 - (int)(margin * (order.Length - 1))];
        double width = high > low ? high - low : 1;
        return [.. places.Select(place => Math.Clamp((place - low) / width, 0, 1))];
    }
}
