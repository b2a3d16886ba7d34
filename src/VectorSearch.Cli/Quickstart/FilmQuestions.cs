using System.Collections;
using System.Globalization;
using Spectre.Console;
using VectorSearch.Client;

namespace VectorSearch.Cli.Quickstart;

/// <summary>Asks over gRPC what a person would ask, and prints the answers as tables.</summary>
internal static class FilmQuestions
{
    private const int Answers = 6;

    /// <summary>Films that most people know and that have little to do with each other.</summary>
    public static readonly string[] Known = ["Toy Story (1995)", "Matrix, The (1999)", "Godfather, The (1972)", "Bridget Jones's Diary (2001)"];

    /// <summary>What someone watched who is asked what else they would like.</summary>
    public static readonly string[] Watched = ["Alien (1979)", "Blade Runner (1982)", "Terminator, The (1984)"];

    /// <summary>Films like each of some films.</summary>
    public static async Task<Table> SimilarAsync(VectorSearchClient client, TitleCatalog titles, IReadOnlyList<string> films, CancellationToken cancellation)
    {
        ulong[] ids = [.. films.Select(titles.Find)];
        QueryResult result = await client.Points(FilmCollections.Similar).QueryAsync(ids, new QueryOptions { Limit = Answers, WithPayload = true }, cancellation);
        Table table = NewTable("Films like this");
        for (int query = 0; query < films.Count; query++)
        {
            if (query > 0) table.AddEmptyRow();
            table.AddRow($"[bold]{Markup.Escape(films[query])}[/]", "", "");
            AddHits(table, result[query]);
        }

        return table;
    }

    /// <summary>Films for someone who watched some films.</summary>
    public static async Task<Table> ForYouAsync(VectorSearchClient client, TitleCatalog titles, IReadOnlyList<string> watched, CancellationToken cancellation)
    {
        IEnumerable<string> items = watched.Select(title => titles.Find(title).ToString(CultureInfo.InvariantCulture));
        QueryResult result = await client.Points(FilmCollections.ForYou).QueryAsync(
            [ModelInput.History(items)], new QueryOptions { Limit = Answers, WithPayload = true, ExcludeHistory = true }, cancellation);
        Table table = NewTable("Films for someone who watched these");
        table.AddRow($"[bold]{Markup.Escape(string.Join(", ", watched))}[/]", "", "");
        AddHits(table, result[0]);
        return table;
    }

    private static Table NewTable(string title) => new Table()
        .Border(TableBorder.Rounded)
        .Title(title)
        .AddColumn("title")
        .AddColumn("genres")
        .AddColumn(new TableColumn("score").RightAligned());

    private static void AddHits(Table table, IReadOnlyList<Hit> hits)
    {
        foreach (Hit hit in hits)
        {
            string genres = hit.Payload?.GetValueOrDefault("genres") is IEnumerable list and not string ? string.Join(", ", list.Cast<object?>()) : "";
            string title = hit.Payload?.GetValueOrDefault("title") as string ?? hit.Id.ToString();
            table.AddRow("  " + Markup.Escape(title), Markup.Escape(genres), hit.Score.ToString("0.000", CultureInfo.InvariantCulture));
        }
    }
}
