using System.Text.Json;

namespace VectorSearch.Client.Tests;

/// <summary>Runs clients/conformance/cases.json, which every client must pass, against the real server.</summary>
public sealed class ConformanceTests(ServerProcess server) : IClassFixture<ServerProcess>
{
    private static readonly Lazy<JsonDocument> Cases = new(() => JsonDocument.Parse(File.ReadAllText(Find("clients/conformance/cases.json"))));

    public static IEnumerable<object[]> Names() => All().Select(one => new object[] { one.GetProperty("name").GetString()! });

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_client_does_what_every_client_must(string name)
    {
        using var client = new VectorSearchClient(server.Address);
        var conformer = new Conformer(client, $"cs-{Guid.NewGuid().ToString("N")[..8]}-");
        int number = 0;
        foreach (JsonElement step in All().Single(one => one.GetProperty("name").GetString() == name).GetProperty("steps").EnumerateArray())
        {
            number++;
            try
            {
                await conformer.RunAsync(step);
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException($"step {number}, {step.GetProperty("do")}: {fault.Message}", fault);
            }
        }
    }

    private static IEnumerable<JsonElement> All() => Cases.Value.RootElement.GetProperty("cases").EnumerateArray();

    internal static string Find(string path)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, path))) root = root.Parent;
        return Path.Combine(root!.FullName, path);
    }
}
