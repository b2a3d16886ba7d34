// Films like the ones named, from the quickstart's server: neighbours [--server HOST:PORT] TITLE...
using System.Globalization;
using System.Text.RegularExpressions;
using VectorSearch.Client;

string server = "127.0.0.1:6410";
List<string> titles = [.. args];
if (titles.IndexOf("--server") is >= 0 and int at && at + 1 < titles.Count)
{
    server = titles[at + 1];
    titles.RemoveRange(at, 2);
}

if (titles.Count == 0) return Fail("usage: neighbours [--server HOST:PORT] TITLE...");

Dictionary<string, ulong> ids = ReadTitles();
foreach (string title in titles)
{
    if (ids.ContainsKey(title)) continue;
    string[] near = [.. ids.Keys.Where(known => known.Contains(title, StringComparison.OrdinalIgnoreCase)).Take(5)];
    return Fail($"no film is called '{title}': {(near.Length > 0 ? $"did you mean {string.Join("; ", near)}?" : "it must stand as in movies.csv, with its year")}");
}

using var client = new VectorSearchClient(new Uri($"http://{server}"));
try
{
    ulong[] asked = [.. titles.Select(title => ids[title])];
    QueryResult answers = await client.Points("films").QueryAsync(asked, new QueryOptions { Limit = 5, WithPayload = true });
    foreach ((string title, IReadOnlyList<Hit> hits) in titles.Zip(answers))
    {
        Console.WriteLine($"Films like {title}");
        foreach (Hit hit in hits)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(double)hit.Score:F6}  {hit.Id,6}  {hit.Payload!["title"]}"));
    }
}
catch (VectorSearchClientException fault)
{
    return Fail(fault.Message);
}

return 0;

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 1;
}

// Title → id, from lines such as 1,Toy Story (1995),Adventure|Animation; a title with a comma or quote is quoted.
static Dictionary<string, ulong> ReadTitles()
{
    DirectoryInfo? folder = new(AppContext.BaseDirectory);
    while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "VectorSearch.sln"))) folder = folder.Parent;
    if (folder is null) throw new InvalidOperationException("this example reads the samples of the checkout that it was built in");
    string text = File.ReadAllText(Path.Combine(folder.FullName, "samples", "movielens-latest-small", "movies.csv"));
    var titles = new Dictionary<string, ulong>();
    foreach (Match row in Regex.Matches(text, """^(\d+),(?:"((?:[^"]|"")*)"|([^,]*)),""", RegexOptions.Multiline))
    {
        string title = row.Groups[2].Success ? row.Groups[2].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : row.Groups[3].Value;
        titles[title] = ulong.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    return titles;
}
