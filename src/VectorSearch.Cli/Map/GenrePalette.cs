namespace VectorSearch.Cli.Map;

/// <summary>One colour a film, by the first of its genres in this order: the rarer and more telling ones come first.</summary>
internal static class GenrePalette
{
    private static readonly (string Name, string Colour, string[] Genres)[] Groups =
    [
        ("Children, animation", "#e69f00", ["Children", "Children's", "Animation"]),
        ("Horror", "#7a2048", ["Horror"]),
        ("Science fiction, fantasy", "#0072b2", ["Sci-Fi", "Fantasy"]),
        ("Crime, thriller, mystery", "#555555", ["Film-Noir", "Crime", "Mystery", "Thriller"]),
        ("Action, adventure, war", "#d1495b", ["Action", "Adventure", "War", "Western"]),
        ("Comedy", "#009e73", ["Comedy"]),
        ("Romance, musical", "#cc79a7", ["Romance", "Musical"]),
        ("Drama, documentary", "#6a7fb5", ["Drama", "Documentary"]),
    ];

    private const string Other = "#999999";

    public static string ColourOf(IReadOnlyList<string> genres)
    {
        foreach ((_, string colour, string[] members) in Groups)
        {
            if (members.Any(genres.Contains)) return colour;
        }

        return Other;
    }

    /// <summary>What the colours mean, in their order.</summary>
    public static IEnumerable<(string Name, string Colour)> Legend => Groups.Select(group => (group.Name, group.Colour));
}
