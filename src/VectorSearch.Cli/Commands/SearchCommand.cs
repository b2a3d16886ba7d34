using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using VectorSearch.Client;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch search</c>: asks for points like one that is named by title or id, or for someone by what they watched.</summary>
internal sealed class SearchCommand
{
    private const int MaxLimit = 10_000;
    private const string TitleField = "title";

    private readonly Argument<string?> _query = new("title-or-id") { Description = "Title (payload field 'title') or id of a point.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> _watched = new("--watched") { Description = "Title or id of something watched; may be given more than once. Asks for more for that history." };
    private readonly Option<string> _collection = new("--collection", "-c") { Description = "Collection to ask.", DefaultValueFactory = _ => "films" };
    private readonly Option<int> _limit = new("--limit", "-k") { Description = $"Answers wanted, 1 to {MaxLimit}.", DefaultValueFactory = _ => 10 };
    private readonly Option<bool> _exact = new("--exact") { Description = "Compare with every point instead of walking the graph." };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON object on the last line." };
    private readonly ServerConnection.Flags _server = new();

    public static Command Create()
    {
        SearchCommand search = new();
        Command command = new("search", "Ask a running server for points like one, or for someone by what they watched.")
        {
            search._query, search._watched, search._collection, search._limit, search._exact, search._json,
        };
        search._server.AddTo(command);
        command.SetAction(search.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string? query = parsed.GetValue(_query);
        string[] watched = parsed.GetValue(_watched) ?? [];
        if (query is null == (watched.Length == 0)) throw new CliException("Say what to look for: a title or an id, or one or more --watched.");
        int limit = parsed.GetValue(_limit);
        if (limit is < 1 or > MaxLimit) throw new CliException($"--limit is {limit}; expected 1 to {MaxLimit}.");

        await using ServerConnection connection = await ServerConnection.OpenAsync(_server, parsed, cancellation);
        PointsClient points = connection.Client.Points(parsed.GetValue(_collection)!);
        QueryOptions options = new() { Limit = limit, WithPayload = true, Exact = parsed.GetValue(_exact), ExcludeHistory = true };
        QueryResult result = query is not null
            ? await points.QueryAsync((await FindAsync(points, [query], cancellation))[0], options, cancellation)
            : await points.QueryAsync([ModelInput.History((await FindAsync(points, watched, cancellation)).Select(id => id.ToString()))], options, cancellation);
        if (parsed.GetValue(_json)) WriteJson(result);
        else WriteTable(result);
        return 0;
    }

    /// <summary>Ids of points that are named by id or by title. Titles are looked up among all points only if an id does not fit.</summary>
    private static async Task<IReadOnlyList<PointId>> FindAsync(PointsClient points, string[] names, CancellationToken cancellation)
    {
        if (names.All(name => ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            return [.. names.Select(name => new PointId(ulong.Parse(name, CultureInfo.InvariantCulture)))];

        TitleCatalog titles = new();
        Dictionary<string, PointId> ids = new(StringComparer.Ordinal);
        List<PointId> byPosition = [];
        await foreach (Point point in points.ScrollAsync(withPayload: true, cancellationToken: cancellation))
        {
            ids[point.Id.ToString()] = point.Id;
            if (point.Payload?.GetValueOrDefault(TitleField) is not string title) continue;
            titles.Add(title, (ulong)byPosition.Count);
            byPosition.Add(point.Id);
        }

        return [.. names.Select(name => ids.TryGetValue(name, out PointId id) ? id : byPosition[(int)titles.Find(name)])];
    }

    private static void WriteTable(QueryResult result)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn(new TableColumn("score").RightAligned()).AddColumn("id").AddColumn("payload");
        foreach (Hit hit in result[0])
            table.AddRow(hit.Score.ToString("0.0000", CultureInfo.InvariantCulture), Markup.Escape(hit.Id.ToString()), Markup.Escape(hit.Payload is null ? "" : JsonSerializer.Serialize(hit.Payload, Readable)));
        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"[grey]space {result.SpaceId}, generation {result.Generation}, lsn {result.Lsn}, {result.Distances} distances[/]");
    }

    private static void WriteJson(QueryResult result) => Console.WriteLine(JsonSerializer.Serialize(
        new
        {
            space_id = result.SpaceId,
            generation = result.Generation,
            lsn = result.Lsn,
            hits = result[0].Select(hit => new { id = hit.Id.IsNumber ? (object)hit.Id.Number : hit.Id.Text, score = hit.Score, payload = hit.Payload }),
        },
        Readable));

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
