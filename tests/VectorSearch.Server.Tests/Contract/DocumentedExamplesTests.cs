using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Runs what docs/api.md shows for curl, in the order in which it stands. clients/python/tests does so with its Python.</summary>
public sealed partial class DocumentedExamplesTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Every_example_of_a_call_succeeds()
    {
        await server.PutModelAsync("rated", "history"); // what the document does in Python, since a model file goes in pieces
        string document = Document();
        string operation = "";
        int calls = 0;
        foreach (Match example in Calls().Matches(document))
        {
            // An operation's name is given out by the call before.
            JsonNode reply = await server.CallAsync(example.Groups[1].Value, NameOfOperation().Replace(example.Groups[2].Value, operation));
            operation = (string?)reply["operation"]?["name"] ?? operation;
            calls++;
        }

        Assert.True(calls >= 20, $"{calls} calls were found in the document.");
        Assert.Equal(document.Split("\ncall ").Length - 1, calls);
    }

    [Fact]
    public async Task Every_part_of_a_query_that_the_table_has_is_understood()
    {
        await server.CreateAsync("parts");
        await server.CallAsync("Points/Upsert", """{"collection": "parts", "ids": {"numbers": [1, 2]}, "vectors": {"dim": 2, "rows": 2, "data": "AACAPwAAAAAAAAAAAACAPw=="}}""");
        int rows = 0;
        foreach (Match row in TableRows().Matches(Document()))
        {
            string part = row.Groups[1].Value.Replace("{…}", """{"dim": 2, "rows": 1, "data": "AACAPwAAAAA="}""", StringComparison.Ordinal);
            bool isForm = Forms().IsMatch(part);
            string query = $$"""{"collection": "parts", {{part}}{{(isForm ? "" : """, "ids": {"numbers": [1]}""")}}}""";
            rows++;
            if (part.Contains("features", StringComparison.Ordinal) || part.Contains("histories", StringComparison.Ordinal))
                Assert.Equal("failed_precondition", (await server.RefusedAsync("Points/Query", query)).Code); // this collection has no model
            else await server.CallAsync("Points/Query", query);
        }

        Assert.Equal(10, rows);
    }

    private static string Document()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "VectorSearch.sln"))) root = root.Parent;
        return File.ReadAllText(Path.Combine(root!.FullName, "docs", "api.md"));
    }

    [GeneratedRegex(@"^call (\S+) '([^']*)'$", RegexOptions.Multiline)]
    private static partial Regex Calls();

    [GeneratedRegex("[a-z]+-…")]
    private static partial Regex NameOfOperation();

    [GeneratedRegex(@"^\| [^|]+ \| `("".*)` \| `", RegexOptions.Multiline)]
    private static partial Regex TableRows();

    [GeneratedRegex("^\"(vectors|ids|features|examples|histories)\"")]
    private static partial Regex Forms();
}
