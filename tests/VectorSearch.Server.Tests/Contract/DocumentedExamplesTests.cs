using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Runs what docs/api.md shows for curl, in the order in which it stands: by itself, and by a shell. clients/python/tests does so with its Python.</summary>
public sealed partial class DocumentedExamplesTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Every_example_of_a_call_succeeds() => await RunAsync(server, (_, method, request) => server.CallAsync(method, request));

    [CurlFact]
    public async Task Every_example_runs_in_a_shell_with_curl()
    {
        RunningServer own = new();
        await own.InitializeAsync();
        string function = Document().Split('\n').Single(line => line.StartsWith("call() {", StringComparison.Ordinal)).Replace("127.0.0.1:6411", own.HttpAddress.Authority, StringComparison.Ordinal);
        await RunAsync(own, async (command, _, _) =>
        {
            using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", $"{function}\n{command}"]) { RedirectStandardOutput = true })!;
            JsonNode reply = JsonNode.Parse(await shell.StandardOutput.ReadToEndAsync())!;
            await shell.WaitForExitAsync();
            Assert.True(shell.ExitCode == 0 && reply["code"] is null, $"{command}: {reply}");
            return reply;
        });
        await own.DisposeAsync();
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

    /// <summary>Makes every call of the document, by its command, its method and its request.</summary>
    private static async Task RunAsync(RunningServer server, Func<string, string, string, Task<JsonNode>> call)
    {
        await server.PutModelAsync("rated", "history"); // what the document does in Python, since a model file goes in pieces
        string document = Document();
        string operation = "";
        int calls = 0;
        foreach (Match example in Calls().Matches(document))
        {
            // An operation's name is given out by the call before.
            string command = NameOfOperation().Replace(example.Value, operation);
            JsonNode reply = await call(command, example.Groups[1].Value, NameOfOperation().Replace(example.Groups[2].Value, operation));
            operation = (string?)reply["operation"]?["name"] ?? operation;
            calls++;
        }

        Assert.True(calls >= 20, $"{calls} calls were found in the document.");
        Assert.Equal(document.Split("\ncall ").Length - 1, calls);
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

/// <summary>A test that is left out, saying why, where curl is missing; with VECTORSEARCH_REQUIRE_ALL it runs and fails.</summary>
internal sealed class CurlFactAttribute : FactAttribute
{
    private const string Reason = "curl is not installed";

    public CurlFactAttribute()
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "curl")));
        bool isRequired = Environment.GetEnvironmentVariable("VECTORSEARCH_REQUIRE_ALL") is { Length: > 0 };
        if (!isThere && !isRequired) Skip = Reason;
    }
}
