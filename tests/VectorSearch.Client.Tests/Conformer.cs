using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

/// <summary>Does the steps of one case and keeps what the collections' points need between them.</summary>
internal sealed class Conformer(VectorSearchClient client, string prefix)
{
    private const double ScoreTolerance = 1e-5;

    private readonly Dictionary<string, string> _kinds = [];
    private readonly Dictionary<string, PointsClient> _points = [];
    private readonly Dictionary<string, Vectors> _kept = [];

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
        "put_model" => await client.Models.PutAsync(ConformanceValues.ModelFile(step.GetProperty("file").GetString()!)),
        "encode" => await EncodeAsync(step),
        "rebuild" => await client.Generations.RebuildAsync(new RebuildRequest
        {
            Collection = Name(step), Model = step.GetProperty("model").GetString()!,
            Decision = Enum.Parse<RebuildRequest.Types.Decision>(step.GetProperty("decision").GetString()!, ignoreCase: true),
        }),
        "generations" => await client.Generations.ListAsync(Name(step)),
        "promote" => await client.Generations.PromoteAsync(Name(step), Number(step, "number")),
        "rollback" => await client.Generations.RollbackAsync(Name(step)),
        "retire" => await client.Generations.RetireAsync(Name(step), Number(step, "number")),
        "bridge" => await client.Generations.UpdateBridgeAsync(Name(step), Flag(step, "enabled")),
        "upsert" when step.TryGetProperty("histories_of", out _) => await Points(step).UpsertAsync(
            Ids(step), [.. Texts(step.GetProperty("ids")).Select(id => ModelInput.History([id]))]),
        "upsert" => await Points(step).UpsertAsync(Ids(step), ConformanceValues.Vectors(step.GetProperty("vectors")), Payloads(step)),
        "get" => await Points(step).GetAsync(Ids(step), Flag(step, "with_payload"), Flag(step, "with_vectors"), Flag(step, "skip_missing")),
        "scroll" => await ScrollAsync(step),
        "delete" => Filter(step) is { } filter ? await Points(step).DeleteAsync(filter) : await Points(step).DeleteAsync(Ids(step)),
        "count" => await Points(step).CountAsync(Filter(step)),
        "update_payload" => await Points(step).UpdatePayloadAsync(Change(step)),
        "facet" => await Points(step).FacetAsync(step.GetProperty("field").GetString()!, (int)Number(step, "limit"), Filter(step)),
        "alias" => await AliasAsync(step),
        "unalias" => await UnaliasAsync(step),
        "ingest" => await IngestAsync(step),
        "explain" => await Points(step).ExplainAsync(new QueryRequest { Vectors = Matrix(step.GetProperty("vectors")), Limit = Number(step, "limit"), Filter = Filter(step) }),
        "estimate_recall" => await Points(step).EstimateRecallAsync(options: new QueryOptions { Limit = (int)Number(step, "limit") }),
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
        if (step.TryGetProperty("model", out JsonElement model)) (collection.Model, collection.Question) = (model.GetString()!, step.GetProperty("question").GetString()!);
        if (step.TryGetProperty("index", out JsonElement index)) collection.Index = Enum.Parse<IndexKind>(index.GetString()!, ignoreCase: true);
        if (step.TryGetProperty("hnsw", out JsonElement hnsw))
            collection.Hnsw = new HnswConfig { M = Number(hnsw, "m"), EfConstruction = Number(hnsw, "ef_construction"), Ef = Number(hnsw, "ef"), Seed = Number(hnsw, "seed") };
        return collection;
    }

    private async Task<object> EncodeAsync(JsonElement step)
    {
        (Vectors vectors, string space) = await client.Models.EncodeAsync(Name(step), [ModelInput.History(step.GetProperty("items").EnumerateArray().Select(item => item.GetString()!))]);
        _kept[step.GetProperty("keep").GetString()!] = vectors;
        return space;
    }

    private async Task<object> DropAsync(JsonElement step)
    {
        await client.Collections.DeleteAsync(Name(step));
        return true;
    }

    private async Task<object> ScrollAsync(JsonElement step)
    {
        List<Point> found = [];
        await foreach (Point point in Points(step).ScrollAsync(Flag(step, "with_payload"), Flag(step, "with_vectors"), (int)Number(step, "page_size"), Filter(step)))
            found.Add(point);
        return found.OrderBy(point => point.Id.ToString(), StringComparer.Ordinal).ToArray();
    }

    private async Task<object> AliasAsync(JsonElement step)
    {
        await client.Collections.SetAliasesAsync(new Dictionary<string, string> { [prefix + step.GetProperty("alias").GetString()] = Name(step) });
        return true;
    }

    private async Task<object> UnaliasAsync(JsonElement step)
    {
        await client.Collections.RemoveAliasAsync(prefix + step.GetProperty("alias").GetString());
        return true;
    }

    private async Task<object> IngestAsync(JsonElement step)
    {
        ulong[] ids = [.. Texts(step.GetProperty("ids")).Select(id => ulong.Parse(id, CultureInfo.InvariantCulture))];
        Vectors vectors = ConformanceValues.Vectors(step.GetProperty("vectors"));
        int size = step.GetProperty("batch").GetInt32();
        await using IngestStream stream = Points(step).OpenIngest();
        for (int first = 0; first < ids.Length; first += size)
        {
            int count = Math.Min(size, ids.Length - first);
            await stream.WriteAsync(ids[first..(first + count)], new Vectors(vectors.Values.Slice(first * vectors.Dimension, count * vectors.Dimension), vectors.Dimension));
        }

        return await stream.CompleteAsync();
    }

    private UpdatePayloadRequest Change(JsonElement step)
    {
        UpdatePayloadRequest request = Filter(step) is { } filter ? new() { Filter = filter } : new() { Ids = Column(step.GetProperty("ids")) };
        if (step.TryGetProperty("set", out JsonElement set)) request.Set = JsonParser.Default.Parse<Payload>($$"""{"fields": {{set}} }""");
        else if (step.TryGetProperty("replace", out JsonElement replace)) request.Replace = JsonParser.Default.Parse<Payload>($$"""{"fields": {{replace}} }""");
        else request.Remove = new FieldNames { Names = { step.GetProperty("remove").EnumerateArray().Select(name => name.GetString()!) } };
        return request;
    }

    private Task<QueryResult> QueryAsync(JsonElement step)
    {
        QueryOptions options = new()
        {
            Limit = (int)Number(step, "limit"), Ef = (int)Number(step, "ef"), Exact = Flag(step, "exact"),
            WithPayload = Flag(step, "with_payload"), WithVectors = Flag(step, "with_vectors"), Filter = Filter(step),
            ScoreThreshold = step.TryGetProperty("score_threshold", out JsonElement threshold) ? threshold.GetSingle() : null,
            TargetRecall = step.TryGetProperty("target_recall", out JsonElement target) ? target.GetSingle() : 0,
            Group = step.TryGetProperty("group", out JsonElement group) ? new Grouping { Field = group[0].GetString()!, Size = group[1].GetUInt32() } : null,
            Diversify = step.TryGetProperty("diversify", out JsonElement diversify) ? new Diversity { Diversity_ = diversify[0].GetSingle(), Candidates = diversify[1].GetUInt32() } : null,
            Prefetch = step.TryGetProperty("prefetch", out JsonElement prefetch) ? [.. prefetch.EnumerateArray().Select(Prefetch)] : [],
        };
        if (step.TryGetProperty("fusion", out JsonElement fusion)) return Points(step).FuseAsync(options.Prefetch, fusion.GetInt32(), options with { Prefetch = [] });
        if (step.TryGetProperty("examples", out JsonElement examples))
        {
            QueryRequest request = new() { Limit = (uint)options.Limit, Examples = new ExampleRows() };
            request.Examples.Rows.AddRange(examples.EnumerateArray().Select(one => new Examples { Positive = Column(one, "positive"), Negative = Column(one, "negative") }));
            return Points(step).QueryAsync(request);
        }

        if (step.TryGetProperty("kept", out JsonElement kept)) return Points(step).QueryAsync(_kept[kept.GetString()!], options);
        return step.TryGetProperty("ids", out _)
            ? Points(step).QueryAsync(Ids(step), options)
            : Points(step).QueryAsync(ConformanceValues.Vectors(step.GetProperty("vectors")), options);
    }

    private static Prefetch Prefetch(JsonElement one)
    {
        Prefetch prefetch = new() { Limit = Number(one, "limit"), Filter = Filter(one) };
        if (one.TryGetProperty("ids", out JsonElement ids)) prefetch.Ids = Column(ids);
        else prefetch.Vectors = Matrix(one.GetProperty("vectors"));
        return prefetch;
    }

    private static Matrix Matrix(JsonElement value)
    {
        Vectors vectors = ConformanceValues.Vectors(value);
        return new Matrix
        {
            Data = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vectors.Values.Span)), Type = ElementType.Float32,
            Dim = (uint)vectors.Dimension, Rows = (uint)vectors.Count,
        };
    }

    private static IdColumn? Column(JsonElement one, string name) => one.TryGetProperty(name, out JsonElement ids) ? Column(ids) : null;

    private static IdColumn Column(JsonElement ids) => new() { Numbers = { Texts(ids).Select(id => ulong.Parse(id, CultureInfo.InvariantCulture)) } };

    private static Filter? Filter(JsonElement step) => step.TryGetProperty("filter", out JsonElement filter) ? JsonParser.Default.Parse<Filter>(filter.GetRawText()) : null;

    private void Check(JsonProperty expected, object result, JsonElement step)
    {
        JsonElement value = expected.Value;
        switch (expected.Name, result)
        {
            case ("digest", Model model): Assert.Equal(value.GetString(), model.Digest); break;
            case ("space", string space): Assert.Equal(value.GetString(), space); break;
            case ("generation", RebuildResult rebuilt): Assert.Equal(value.GetUInt64(), rebuilt.Generation); break;
            case ("promoted", RebuildResult rebuilt): Assert.Equal(value.GetBoolean(), rebuilt.Promoted); break;
            case ("verdict", RebuildResult rebuilt): Assert.Equal(value.GetString(), rebuilt.Report.Verdict.ToString(), ignoreCase: true); break;
            case ("generation", Generation one): Assert.Equal(value.GetUInt64(), one.Number); break;
            case ("generation", QueryResult answers): Assert.Equal(value.GetUInt64(), answers.Generation); break;
            case ("bridged", QueryResult answers): Assert.Equal(value.GetBoolean(), answers.BridgeRecall is > 0 and <= 1); break;
            case ("enabled", Bridge bridge): Assert.Equal(value.GetBoolean(), bridge.Enabled); break;
            case ("generations", IReadOnlyList<Generation> all):
                Assert.Equal(value.EnumerateArray().Select(one => (one[0].GetUInt64(), one[1].GetString()!)), all.Select(one => (one.Number, one.State.ToString().ToLowerInvariant())));
                break;
            case ("rows", IngestSummary summary): Assert.Equal(value.GetInt64(), summary.Rows); break;
            case ("refused", IngestSummary summary): Assert.Equal(value.GetInt32(), summary.Refused.Count); break;
            case ("kind", ExplainReply explained): Assert.Equal(value.GetString(), "KIND_" + explained.Plan.Kind.ToString().ToUpperInvariant()); break;
            case ("matches", ExplainReply explained): Assert.Equal(value.GetUInt64(), explained.Plan.Matches); break;
            case ("recall", ExplainReply explained): Assert.Equal(value.GetDouble(), explained.Recall); break;
            case ("recall", EstimateRecallReply estimate): Assert.Equal(value.GetDouble(), estimate.Recall); break;
            case ("facet", IReadOnlyList<(object? Value, long Points)> facet):
                Assert.Equal(value.EnumerateArray().Select(one => (ConformanceValues.Value(one[0]), one[1].GetInt64())), facet.Select(one => (one.Value, one.Points)));
                break;
            case ("groups", QueryResult answers):
                for (int query = 0; query < answers.Count; query++)
                    Assert.Equal(value[query].EnumerateArray().Select(one => ((object?)one[0].GetString(), one[1].GetInt32())), answers.GroupsOf(query).Select(group => (group.Value, group.Hits.Count)));
                break;
            case ("upserted" or "updated" or "deleted" or "points", long count): Assert.Equal(value.GetInt64(), count); break;
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
