using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using VectorSearch.Grpc.ErrorModel;
using VectorSearch.Testing;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>A real server with options of the test's choice, called as curl would call it.</summary>
internal sealed class JsonServer : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TempDirectory _directory;
    private readonly VectorSearchServer _server;

    private JsonServer(TempDirectory directory, VectorSearchServer server) => (_directory, _server) = (directory, server);

    public Uri GrpcAddress => _server.GrpcAddress;

    public Uri HttpAddress => _server.HttpAddress;

    /// <summary>Starts a server.</summary>
    /// <param name="options">What the test is about; ports and folder are set here.</param>
    /// <param name="access">Text of the access file, or null for none.</param>
    /// <param name="files">More files beside it: name and bytes.</param>
    public static async Task<JsonServer> StartAsync(ServerOptions? options = null, string? access = null, params (string Name, byte[] Content)[] files)
    {
        TempDirectory directory = new();
        foreach ((string name, byte[] content) in files) File.WriteAllBytes(directory.Combine(name), content);
        if (access is not null) File.WriteAllText(directory.Combine("access.json"), access);
        options = (options ?? new ServerOptions()) with
        {
            DataDirectory = directory.Combine("data"), GrpcPort = 0, HttpPort = 0, AccessFile = access is null ? "" : directory.Combine("access.json"),
        };
        try
        {
            return new JsonServer(directory, await VectorSearchServer.StartAsync(options));
        }
        catch (ServerConfigurationException)
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The digest that an access file has for a key.</summary>
    public static string Digest(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>Calls a method, as <c>Points/Count</c>, with a key or a token ("Bearer …") or neither.</summary>
    public async Task<JsonReply> CallAsync(string method, string json, string? secret = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(_server.HttpAddress, "vectorsearch.v1." + method));
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return await SendAsync(request, secret);
    }

    /// <summary>Gets a page of the HTTP port.</summary>
    public async Task<JsonReply> GetAsync(string path, string? secret = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(_server.HttpAddress, path));
        return await SendAsync(request, secret);
    }

    /// <summary>Makes a collection of two-dimensional vectors with the points 1 to <paramref name="points"/> at (id, 0).</summary>
    public async Task FillAsync(string collection, int points, string? secret = null, Func<int, string>? payload = null)
    {
        string definition = $$"""{ "collection": { "name": "{{collection}}", "dimension": 2, "metric": "METRIC_SQUARED_EUCLIDEAN", "spaceId": "client:test@1", "idKind": "ID_KIND_NUMBER" } }""";
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("Collections/CreateCollection", definition, secret)).Status);
        byte[] rows = [.. Enumerable.Range(1, points).SelectMany(id => (byte[])[.. BitConverter.GetBytes((float)id), .. BitConverter.GetBytes(0f)])];
        string payloads = payload is null ? "" : $", \"payloads\": [{string.Join(",", Enumerable.Range(1, points).Select(id => $"{{ \"fields\": {payload(id)} }}"))}]";
        string upsert = $$"""
            { "collection": "{{collection}}", "ids": { "numbers": [{{string.Join(",", Enumerable.Range(1, points))}}] },
              "vectors": { "data": "{{Convert.ToBase64String(rows)}}", "dim": 2, "rows": {{points}} } {{payloads}} }
            """;
        JsonReply written = await CallAsync("Points/Upsert", upsert, secret);
        Assert.True(written.Status == HttpStatusCode.OK, written.Text);
    }

    /// <summary>Gives a collection another name.</summary>
    public async Task AliasAsync(string alias, string collection, string? secret = null)
    {
        string actions = $$"""{ "actions": [{ "set": { "name": "{{alias}}", "collection": "{{collection}}" } }] }""";
        Assert.Equal(HttpStatusCode.OK, (await CallAsync("Collections/UpdateAliases", actions, secret)).Status);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    private static async Task<JsonReply> SendAsync(HttpRequestMessage request, string? secret)
    {
        if (secret is not null) request.Headers.Add(secret.StartsWith("Bearer ", StringComparison.Ordinal) ? "authorization" : "x-api-key", secret);
        using HttpResponseMessage response = await Http.SendAsync(request);
        return new JsonReply(response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}

/// <summary>What came back.</summary>
internal sealed record JsonReply(HttpStatusCode Status, string Text)
{
    /// <summary>A field of the reply.</summary>
    public JsonElement this[string name] => JsonDocument.Parse(Text).RootElement.GetProperty(name);

    /// <summary>The time after which the server lets one try again; null if it says none.</summary>
    public TimeSpan? RetryDelay => JsonDocument.Parse(Text).RootElement.TryGetProperty("details", out JsonElement details)
        ? details.EnumerateArray().Where(detail => detail.GetProperty("type").GetString() == "google.rpc.RetryInfo")
            .Select(detail => (TimeSpan?)RetryInfo.Parser.ParseFrom(Base64(detail.GetProperty("value").GetString()!)).RetryDelay.ToTimeSpan()).FirstOrDefault()
        : null;

    private static byte[] Base64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
