using VectorSearch.Cli.Export;
using VectorSearch.Cli.Import;
using VectorSearch.Client;
using VectorSearch.Protocol.V1;
using GeoPoint = VectorSearch.Client.GeoPoint;

namespace VectorSearch.Cli.Tests.Import;

/// <summary>What export writes, import reads to the same points.</summary>
public sealed class ExportTests(LocalServer server) : IClassFixture<LocalServer>
{
    private static readonly Dictionary<string, object?> Everything = new()
    {
        ["integer"] = long.MinValue, ["whole"] = 3.0, ["small"] = 1e-300, ["nan"] = double.NaN, ["yes"] = true, ["nothing"] = null, ["text"] = "a \"b\", c\nd",
        ["looks like a number"] = "007", ["bytes"] = (byte[])[0, 255], ["place"] = new GeoPoint(-1.5, 179.25),
        ["time"] = DateTimeOffset.UnixEpoch.AddTicks(12_345_678_901_230), ["list"] = (object?[])[1L, "x", (object?[])[2.5]],
    };

    [Theory]
    [InlineData(".jsonl")]
    [InlineData(".npy")]
    [InlineData(".fvecs")]
    [InlineData(".fbin")]
    public async Task Every_value_comes_back_as_it_was(string form)
    {
        string name = "exact" + form.Replace('.', '-');
        Collection collection = await server.CreateAsync(name);
        await server.Client.Points(name).UpsertAsync(new ulong[] { 7, ulong.MaxValue }, new float[][] { [0.1f, 1e18f], [-0f, 1e-40f] }, [Everything, null]);
        string file = server.File(name + form), copy = name + "-copy";
        Assert.Equal(2, await new CollectionExport(server.Client, collection, null).RunAsync(file, _ => { }, CancellationToken.None));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.GetDirectoryName(file)!), left => left.Contains("unfinished", StringComparison.Ordinal));

        ImportResult read = await new Importer(server.Client, await server.CreateAsync(copy), "s").RunAsync(
            refuse => form == ".jsonl" ? JsonLinesSource.Read(file, refuse) : VectorFileSource.Read(file, file + ".ids", file + ".payloads.jsonl"), (_, _) => { }, CancellationToken.None);
        Assert.Empty(read.Refused);
        foreach (ulong id in (ulong[])[7, ulong.MaxValue])
        {
            Point was = Assert.Single(await server.Client.Points(name).GetAsync(id, withVectors: true)), now = Assert.Single(await server.Client.Points(copy).GetAsync(id, withVectors: true));
            Assert.Equal(was.Vector.ToArray().Select(BitConverter.SingleToInt32Bits), now.Vector.ToArray().Select(BitConverter.SingleToInt32Bits));
            Assert.Equal(was.Payload!.OrderBy(field => field.Key, StringComparer.Ordinal), now.Payload!.OrderBy(field => field.Key, StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_csv_has_a_column_for_each_payload_field_and_comes_back()
    {
        Collection collection = await server.CreateAsync("table", ids: IdKind.String);
        await server.Client.Points("table").UpsertAsync(
            new[] { "a,1", "b" }, new float[][] { [0.1f, 2], [3, -4.5f] },
            [new Dictionary<string, object?> { ["n"] = 5L, ["t"] = "x \"y\"\nz" }, new Dictionary<string, object?> { ["tags"] = (object?[])["p", 1L] }]);
        string file = server.File("table.csv");
        await new CollectionExport(server.Client, collection, null).RunAsync(file, _ => { }, CancellationToken.None);
        Assert.StartsWith("id,n,t,tags,vector\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        ImportResult read = await new Importer(server.Client, await server.CreateAsync("table-copy", ids: IdKind.String), "s").RunAsync(refuse => CsvSource.Read(file, refuse), (_, _) => { }, CancellationToken.None);
        Assert.Empty(read.Refused);
        Point first = Assert.Single(await server.Client.Points("table-copy").GetAsync("a,1", withVectors: true));
        Assert.Equal([0.1f, 2], first.Vector.ToArray());
        Assert.Equal((5L, "x \"y\"\nz"), (first.Payload!["n"], first.Payload["t"]));
        Point second = Assert.Single(await server.Client.Points("table-copy").GetAsync("b"));
        Assert.Equal((object?[])["p", 1L], second.Payload!["tags"]);
    }

    [Fact]
    public async Task A_filter_chooses_the_points_that_are_written()
    {
        Collection collection = await server.CreateAsync("chosen");
        await server.Client.Points("chosen").UpsertAsync(new ulong[] { 1, 2, 3 }, new float[][] { [1, 0], [2, 0], [3, 0] }, [.. Enumerable.Range(1, 3).Select(n => new Dictionary<string, object?> { ["n"] = (long)n })]);
        string file = server.File("chosen.jsonl");
        Filter filter = Filter.Parser.ParseJson("""{ "must": [{ "range": { "field": "n", "gte": { "integer": 2 } } }] }""");
        Assert.Equal(2, await new CollectionExport(server.Client, collection, filter).RunAsync(file, _ => { }, CancellationToken.None));
        Assert.Equal(["""{"id":2,"vector":[2,0],"payload":{"n":2}}""", """{"id":3,"vector":[3,0],"payload":{"n":3}}"""], (await File.ReadAllLinesAsync(file)).Order(StringComparer.Ordinal));
    }
}
