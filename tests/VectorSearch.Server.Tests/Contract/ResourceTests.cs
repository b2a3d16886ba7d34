using System.Globalization;
using System.Text.Json.Nodes;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Collections, models, generations and operations as resources.</summary>
public sealed class ResourceTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task An_update_changes_what_its_mask_names_and_nothing_else()
    {
        await server.CreateAsync("updated");
        JsonNode reply = await server.CallAsync("Collections/UpdateCollection", """
            {"collection": {"name": "updated", "durability": "DURABILITY_APPLIED", "hnsw": {"ef": 33}}, "updateMask": "hnsw.ef"}
            """);
        Assert.Equal(33, (int)reply["collection"]!["hnsw"]!["ef"]!);
        Assert.Equal("DURABILITY_COMMITTED", (string)reply["collection"]!["durability"]!);
        Collection read = await server.Client.Collections.GetAsync("updated");
        Assert.Equal((33u, Durability.Committed), (read.Hnsw.Ef, read.Durability));
        (string code, string message) = await server.RefusedAsync("Collections/UpdateCollection", """{"collection": {"name": "updated"}, "updateMask": "dimension"}""");
        Assert.Equal("invalid_argument", code);
        Assert.Contains("'dimension'", message, StringComparison.Ordinal);
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Collections/UpdateCollection", """{"collection": {"name": "updated"}}""")).Code);
    }

    [Fact]
    public async Task Statistics_count_what_is_there()
    {
        await server.CallAsync("Collections/CreateCollection", $$"""
            {"collection": {"name": "counted", "dimension": 2, "metric": "METRIC_COSINE", "idKind": "ID_KIND_NUMBER", "index": "INDEX_KIND_EXACT", "spaceId": "{{RunningServer.Space}}"} }
            """);
        await server.Client.Points("counted").UpsertAsync(new ulong[] { 1, 2 }, new float[][] { [1, 0], [0, 1] });
        JsonNode statistics = (await server.CallAsync("Collections/GetStatistics", """{"name": "counted"}"""))["statistics"]!;
        Assert.Equal("2", (string)statistics["points"]!);
        Assert.Null(statistics["linkedPoints"]);
        Assert.True(long.Parse((string)statistics["vectorBytes"]!, CultureInfo.InvariantCulture) >= 16);
        Assert.Equal("INDEX_KIND_EXACT", (string)(await server.CallAsync("Collections/GetCollection", """{"name": "counted"}"""))["collection"]!["index"]!);
    }

    [Fact]
    public async Task A_snapshot_is_an_operation_that_is_waited_for_watched_listed_and_found()
    {
        await server.CreateAsync("snapped");
        await server.Client.Points("snapped").UpsertAsync(new ulong[] { 1 }, new float[][] { [1, 0] });
        JsonNode started = (await server.CallAsync("Collections/SnapshotCollection", """{"name": "snapped"}"""))["operation"]!;
        string name = (string)started["name"]!;
        JsonNode done = (await server.CallAsync("Operations/WaitOperation", $$"""{"name": "{{name}}"}"""))["operation"]!;
        Assert.Equal(("STATE_SUCCEEDED", "snapshot", "snapped"), ((string)done["state"]!, (string)done["kind"]!, (string)done["collection"]!));
        Collection collection = await server.Client.Collections.GetAsync("snapped");
        Assert.Equal(collection.Status.SnapshotLsn.ToString(CultureInfo.InvariantCulture), (string)done["snapshot"]!["lsn"]!);
        Assert.True(collection.Status.SnapshotLsn > 0);

        GrpcMethod<WatchOperationRequest, WatchOperationReply> watch = new(OperationsReflection.Descriptor.Services[0], "WatchOperation");
        List<Operation> seen = [];
        using (ServerStreamCall<WatchOperationReply> call = server.Channel.ServerStream(watch, new WatchOperationRequest { Name = name }))
        {
            await foreach (WatchOperationReply reply in call) seen.Add(reply.Operation);
        }

        Assert.Equal(Operation.Types.State.Succeeded, seen[^1].State);
        JsonNode list = await server.CallAsync("Operations/ListOperations", """{"collection": "snapped"}""");
        Assert.Equal(name, (string)Assert.Single(list["operations"]!.AsArray())!["name"]!);
        Assert.Equal("STATE_SUCCEEDED", (string)(await server.CallAsync("Operations/CancelOperation", $$"""{"name": "{{name}}"}"""))["operation"]!["state"]!);
        Assert.Equal("not_found", (await server.RefusedAsync("Operations/GetOperation", """{"name": "none"}""")).Code);
        Assert.Equal("invalid_argument", (await server.RefusedAsync("Operations/WaitOperation", $$"""{"name": "{{name}}", "timeout": "900s"}""")).Code);
    }

    [Fact]
    public async Task The_generation_that_answers_is_told()
    {
        await server.CreateAsync("generations");
        JsonNode one = Assert.Single((await server.CallAsync("Generations/ListGenerations", """{"collection": "generations"}"""))["generations"]!.AsArray())!;
        Assert.Equal(("1", "STATE_SERVING", RunningServer.Space), ((string)one["number"]!, (string)one["state"]!, (string)one["spaceId"]!));
        Assert.Equal("generations", (string)(await server.CallAsync("Generations/GetGeneration", """{"collection": "generations"}"""))["generation"]!["collection"]!);
        Assert.Equal("not_found", (await server.RefusedAsync("Generations/GetGeneration", """{"collection": "generations", "number": 2}""")).Code);
    }

    [Fact]
    public async Task Features_are_encoded_as_the_collections_own_queries_are()
    {
        (LearnedModel model, Collection films) = await server.PutModelAsync("encoded", "history");
        const string features = """ "features": {"rows": [{"history": {"items": ["0", "1"]}}, {"history": {"items": ["4"], "weights": [2]}}]} """;
        JsonNode byCollection = await server.CallAsync("Encoders/Encode", $$"""{"collection": "encoded", {{features}} }""");
        JsonNode byQuestion = await server.CallAsync("Encoders/Encode", $$"""{"question": {"model": "{{films.Model}}", "question": "history"}, {{features}} }""");
        float[] expected = new float[model.Question("history").Dimension];
        model.Question("history").Encode(["0", "1"], default, expected);
        byte[] encoded = Convert.FromBase64String((string)byCollection["vectors"]!["data"]!);
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(i => BitConverter.ToSingle(encoded, i * sizeof(float))));
        Assert.Equal((string)byCollection["vectors"]!["data"]!, (string)byQuestion["vectors"]!["data"]!);
        Assert.Equal(films.SpaceId, (string)byQuestion["context"]!["spaceId"]!);
        Assert.Equal(2, (int)byQuestion["vectors"]!["rows"]!);
        var generated = await server.Client.Models.EmbeddingGenerator("encoded").GenerateAsync([ModelInput.History(["0", "1"])]);
        Assert.Equal(expected, generated.Single().Vector.ToArray());
        Assert.Equal((films.Model, films.SpaceId), (generated.Single().ModelId, (string)generated.Single().AdditionalProperties!["space_id"]!));
        await server.CreateAsync("plain");
        Assert.Equal("failed_precondition", (await server.RefusedAsync("Encoders/Encode", $$"""{"collection": "plain", {{features}} }""")).Code);
        Assert.Equal("not_found", (await server.RefusedAsync("Encoders/Encode", $$"""{"question": {"model": "sha256:00", "question": "history"}, {{features}} }""")).Code);
        Assert.Equal("not_found", (await server.RefusedAsync("Encoders/Encode", $$"""{"question": {"model": "{{films.Model}}", "question": "none"}, {{features}} }""")).Code);
    }

    [Fact]
    public async Task A_model_is_deleted_once_no_collection_needs_it()
    {
        (_, Collection films) = await server.PutModelAsync("needing", "similar");
        string request = $$"""{"digest": "{{films.Model}}"}""";
        (string code, string message) = await server.RefusedAsync("Models/DeleteModel", request);
        Assert.Equal("failed_precondition", code);
        Assert.Contains("makes its vectors with " + films.Model, message, StringComparison.Ordinal);

        foreach (Collection collection in await server.Client.Collections.ListAsync())
        {
            if (collection.Model == films.Model) await server.Client.Collections.DeleteAsync(collection.Name);
        }

        await server.CallAsync("Models/DeleteModel", request);
        Assert.Equal("not_found", (await server.RefusedAsync("Models/GetModel", request)).Code);
        Assert.DoesNotContain(films.Model["sha256:".Length..], string.Join(' ', Directory.EnumerateFiles(server.DataDirectory, "*", SearchOption.AllDirectories)), StringComparison.Ordinal);
    }
}
