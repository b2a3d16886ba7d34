using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using VectorSearch.Cli.Bench.Serving;

namespace VectorSearch.PeerBench;

/// <summary>A connection to a Chroma server over its HTTP interface, version 2.</summary>
internal sealed class ChromaConnection : IQueryConnection
{
    private const string Root = "/api/v2/tenants/default_tenant/databases/default_database/collections";
    private const string Collection = "glove";

    private readonly SocketsHttpHandler _handler = new() { MaxConnectionsPerServer = 1 };
    private readonly HttpClient _http;
    private readonly QuerySet _queries;
    private readonly byte[][] _questions;
    private string _id = "";

    private ChromaConnection(int port, QuerySet queries, byte[][] questions)
    {
        _http = new HttpClient(_handler) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromMinutes(10) };
        (_queries, _questions) = (queries, questions);
    }

    /// <summary>Connects to a server that has the collection.</summary>
    public static async Task<ChromaConnection> OpenAsync(int port, QuerySet queries, byte[][] questions)
    {
        ChromaConnection connection = new(port, queries, questions);
        connection._id = (await connection._http.GetFromJsonAsync<JsonElement>($"{Root}/{Collection}")).GetProperty("id").GetString()!;
        return connection;
    }

    /// <summary>Makes the collection. Its ef is fixed then: a change of a live index has no effect.</summary>
    public static async Task CreateAsync(int port, int degree, int efConstruction, int ef)
    {
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var request = new
        {
            name = Collection,
            configuration = new { hnsw = new { space = "l2", ef_construction = efConstruction, max_neighbors = degree, ef_search = ef, sync_threshold = 1_000_000, batch_size = 1000 } },
        };
        using HttpResponseMessage response = await http.PostAsJsonAsync(Root, request);
        if (!response.IsSuccessStatusCode) throw new InvalidDataException($"Chroma: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Every query as a body.</summary>
    public static byte[][] Questions(QuerySet queries) => [.. Enumerable.Range(0, queries.Count).Select(q => JsonSerializer.SerializeToUtf8Bytes(
        new { query_embeddings = new[] { queries.Vectors[q].ToArray() }, n_results = queries.K, include = Array.Empty<string>() }))];

    /// <summary>Adds rows.</summary>
    public async Task AddAsync(int first, IReadOnlyList<float[]> rows)
    {
        string[] ids = [.. Enumerable.Range(first, rows.Count).Select(row => row.ToString(CultureInfo.InvariantCulture))];
        using HttpResponseMessage response = await _http.PostAsJsonAsync($"{Root}/{_id}/add", new { ids, embeddings = rows });
        if (!response.IsSuccessStatusCode) throw new InvalidDataException($"Chroma: {await response.Content.ReadAsStringAsync()}");
    }

    /// <inheritdoc/>
    public async ValueTask<int> AskAsync(int query)
    {
        using ByteArrayContent body = new(_questions[query]);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _http.PostAsync($"{Root}/{_id}/query", body);
        byte[] text = await response.Content.ReadAsByteArrayAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidDataException($"Chroma: {Encoding.UTF8.GetString(text)}");
        using JsonDocument reply = JsonDocument.Parse(text);
        int right = 0;
        foreach (JsonElement id in reply.RootElement.GetProperty("ids")[0].EnumerateArray())
        {
            if (_queries.IsRight(query, int.Parse(id.GetString()!, CultureInfo.InvariantCulture))) right++;
        }

        return right;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        _handler.Dispose();
        return ValueTask.CompletedTask;
    }
}
