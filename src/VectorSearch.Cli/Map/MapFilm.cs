namespace VectorSearch.Cli.Map;

/// <summary>A film on a map.</summary>
/// <param name="Title">Its title, without the year.</param>
/// <param name="Year">The year; empty where the catalogue has none.</param>
/// <param name="Genres">Its genres.</param>
/// <param name="Watches">How many people rated it.</param>
/// <param name="X">Place, 0 to 1 from the left.</param>
/// <param name="Y">Place, 0 to 1 from the bottom.</param>
internal sealed record MapFilm(string Title, string Year, IReadOnlyList<string> Genres, int Watches, double X, double Y)
{
    /// <summary>Splits "Matrix, The (1999)" into "The Matrix" and "1999".</summary>
    public static (string Title, string Year) Split(string title)
    {
        title = title.Trim();
        string year = "";
        if (title.EndsWith(')') && title.LastIndexOf('(') is > 0 and var open && title.Length - open == 6)
        {
            year = title[(open + 1)..^1];
            title = title[..open].TrimEnd();
        }

        // "Seven (a.k.a. Se7en)", "Amelie (Fabuleux destin …)": the first name is the one known here.
        if (title.EndsWith(')') && title.IndexOf(" (", StringComparison.Ordinal) is > 0 and var other) title = title[..other];
        foreach (string article in new[] { "The", "A", "An" })
        {
            if (title.EndsWith(", " + article, StringComparison.Ordinal)) title = $"{article} {title[..^(article.Length + 2)]}";
        }

        return (title, year);
    }
}
