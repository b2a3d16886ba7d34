using System.Globalization;
using System.Text.Json;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

/// <summary>Does the steps of one case and keeps what the collections' points need between them.</summary>
internal sealed class Conformer(VectorSearchClient client, string prefix)
{
    private const double ScoreTolerance = 1e-5;

    private readonly Dictionary<string, string> _kinds = [];
    private readonly Dictionary<string, PointsClient> _points = [];

    public async Task RunAsync(JsonElement step)
    {
        if (step.TryGetProperty("error", out JsonElement error))
        {
            var fault = await Assert.ThrowsAsync<VectorSearchClientException>(() => DoAsync(step));
            Assert.Equal(error.GetProperty("code").GetString(), CodeName(fault.Code));
            foreach (JsonElement mention in error.GetProperty("mentions").EnumerateArray())
                Assert.Contains(mention.GetString()!, fault.Message, StringComparison.Ordinal);
            return;
        }

        object result = await DoAsync(step);
        if (!step.TryGetProperty("expect", out JsonElement expect)) return;
        foreach (JsonProperty expected in expect.EnumerateObject()) Check(expected, result, step);
    }

    private async Task<object> DoAsync(JsonElement step) => step.GetProperty("do").GetString() switch
    {
        "create" => await client.Collections.CreateAsync(NewCollection(step)),
        "describe" => await client.Collections.GetAsync(Name(step)),
        "list" => await client.Collections.ListAsync(),
        "drop" => await DropAsync(step),
        "upsert" => await Points(step).UpsertAsync(Ids(step), ConformanceValues.Vectors(step.GetProperty("vectors")), Payloads(step)),
        "get" => await Points(step).GetAsync(Ids(step), Flag(step, "with_payload"), Flag(step, "with_vectors"), Flag(step, "skip_missing")),
        "scroll" => await ScrollAsync(step),
        "delete" => await Points(step).DeleteAsync(Ids(step)),
        "count" => await Points(step).CountAsync(),
        "query" => await QueryAsync(step),
        string other => throw new InvalidOperationException($"cases.json has a step '{other}'"),
        null => throw new InvalidOperationException("cases.json has a step without 'do'"),
    };

    private Collection NewCollection(JsonElement step)
    {
        string kind = step.GetProperty("id_kind").GetString()!;
        _kinds.TryAdd(Name(step), kind);
        Collection collection = new()
        {
            Name = Name(step),
            Dimension = step.GetProperty("dimension").GetUInt32(),
            Metric = Enum.Parse<Metric>(step.GetProperty("metric").GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            IdKind = Enum.Parse<IdKind>(kind, ignoreCase: true),
            SpaceId = step.GetProperty("space").GetString()!,
        };
        if (step.TryGetProperty("hnsw", out JsonElement hnsw))
            collection.Hnsw = new HnswConfig { M = Number(hnsw, "m"), EfConstruction = Number(hnsw, "ef_construction"), Ef = Number(hnsw, "ef"), Seed = Number(hnsw, "seed") };
        return collection;
    }

    private async Task<object> DropAsync(JsonElement step)
    {
        await client.Collections.DeleteAsync(Name(step));
        return true;
    }

    private async Task<object> ScrollAsync(JsonElement step)
    {
        List<Point> found = [];
        await foreach (Point point in Points(step).ScrollAsync(Flag(step, "with_payload"), Flag(step, "with_vectors"), (int)Number(step, "page_size")))
            found.Add(point);
        return found.OrderBy(point => point.Id.ToString(), StringComparer.Ordinal).ToArray();
    }

    private Task<QueryResult> QueryAsync(JsonElement step)
    {
        QueryOptions options = new()
        {
            Limit = (int)Number(step, "limit"), Ef = (int)Number(step, "ef"), Exact = Flag(step, "exact"),
            WithPayload = Flag(step, "with_payload"), WithVectors = Flag(step, "with_vectors"),
        };
        return step.TryGetProperty("ids", out _)
            ? Points(step).QueryAsync(Ids(step), options)
            : Points(step).QueryAsync(ConformanceValues.Vectors(step.GetProperty("vectors")), options);
    }

    private void Check(JsonProperty expected, object result, JsonElement step)
    {
        JsonElement value = expected.Value;
        switch (expected.Name, result)
        {
            case ("upserted" or "deleted" or "points", long count): Assert.Equal(value.GetInt64(), count); break;
            case ("points", Collection found): Assert.Equal(value.GetUInt64(), found.Status.Points); break;
            case ("dimension", Collection found): Assert.Equal(value.GetUInt32(), found.Dimension); break;
            case ("metric", Collection found): Assert.Equal(value.GetString()!.Replace("_", "", StringComparison.Ordinal), found.Metric.ToString().ToLowerInvariant()); break;
            case ("id_kind", Collection found): Assert.Equal(value.GetString(), found.IdKind.ToString().ToLowerInvariant()); break;
            case ("space", Collection found): Assert.Equal(value.GetString(), found.SpaceId); break;
            case ("collections", IReadOnlyList<Collection> all):
                Assert.Equal(value.EnumerateArray().Select(name => prefix + name.GetString()), all.Select(one => one.Name).Where(name => name.StartsWith(prefix, StringComparison.Ordinal)));
                break;
            case ("ids", IReadOnlyList<Point> found): Assert.Equal(Texts(value), found.Select(point => point.Id.ToString())); break;
            case ("vectors", IReadOnlyList<Point> found): CheckRows(value, found.Select(point => point.Vector)); break;
            case ("payloads", IReadOnlyList<Point> found): Assert.Equal(ConformanceValues.Payloads(value), found.Select(point => point.Payload!)); break;
            case ("space", QueryResult answers): Assert.Equal(value.GetString(), answers.SpaceId); break;
            case ("counts", QueryResult answers): Assert.Equal(value.EnumerateArray().Select(count => count.GetInt32()), answers.Select(hits => hits.Count)); break;
            case ("ids", QueryResult answers): Assert.Equal(value.EnumerateArray().Select(Texts), answers.Select(hits => hits.Select(hit => hit.Id.ToString()))); break;
            case ("scores", QueryResult answers): CheckScores(value, answers); break;
            case ("vectors", QueryResult answers):
                foreach ((JsonElement rows, IReadOnlyList<Hit> hits) in value.EnumerateArray().Zip(answers)) CheckRows(rows, hits.Select(hit => hit.Vector));
                break;
            default: Assert.Fail($"cases.json expects '{expected.Name}' of '{step.GetProperty("do")}'"); break;
        }
    }

    private static void CheckRows(JsonElement rows, IEnumerable<ReadOnlyMemory<float>> found) =>
        Assert.Equal(rows.EnumerateArray().Select(row => row.EnumerateArray().Select(number => number.GetSingle())), found.Select(vector => vector.ToArray()));

    private static void CheckScores(JsonElement rows, QueryResult answers)
    {
        Assert.Equal(rows.EnumerateArray().Select(row => row.GetArrayLength()), answers.Select(hits => hits.Count));
        foreach ((JsonElement row, IReadOnlyList<Hit> hits) in rows.EnumerateArray().Zip(answers))
        {
            foreach ((JsonElement score, Hit hit) in row.EnumerateArray().Zip(hits))
            {
                double want = score.GetDouble();
                Assert.True(Math.Abs(want - hit.Score) <= ScoreTolerance * Math.Max(1, Math.Abs(want)), $"point {hit.Id} scores {hit.Score}, expected {want}");
            }
        }
    }

    private PointIds Ids(JsonElement step)
    {
        string[] texts = [.. Texts(step.GetProperty("ids"))];
        string kind = step.TryGetProperty("id_kind", out JsonElement given) ? given.GetString()! : _kinds.GetValueOrDefault(Name(step), "number");
        return kind == "string" ? texts : texts.Select(text => ulong.Parse(text, CultureInfo.InvariantCulture)).ToArray();
    }

    private static IEnumerable<string> Texts(JsonElement ids) => ids.ValueKind == JsonValueKind.Array
        ? ids.EnumerateArray().Select(id => id.ToString())
        : Enumerable.Range(ids.GetProperty("from").GetInt32(), ids.GetProperty("count").GetInt32()).Select(id => id.ToString(CultureInfo.InvariantCulture));

    private static IReadOnlyDictionary<string, object?>[]? Payloads(JsonElement step) =>
        step.TryGetProperty("payloads", out JsonElement payloads) ? ConformanceValues.Payloads(payloads) : null;

    private PointsClient Points(JsonElement step)
    {
        string name = Name(step);
        if (Flag(step, "fresh") || step.TryGetProperty("space", out _))
            return client.Points(name, step.TryGetProperty("space", out JsonElement space) ? space.GetString() : null);
        if (!_points.TryGetValue(name, out PointsClient? points)) _points[name] = points = client.Points(name);
        return points;
    }

    private string Name(JsonElement step) => prefix + step.GetProperty("collection").GetString();

    private static bool Flag(JsonElement step, string name) => step.TryGetProperty(name, out JsonElement flag) && flag.GetBoolean();

    private static uint Number(JsonElement step, string name) => step.TryGetProperty(name, out JsonElement number) ? number.GetUInt32() : 0;

    /// <summary>NotFound → NOT_FOUND.</summary>
    private static string CodeName(GrpcStatusCode code) =>
        string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));
}
