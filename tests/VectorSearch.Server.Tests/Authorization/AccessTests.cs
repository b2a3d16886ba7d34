using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Authorization;

/// <summary>Who may call a server that has an access file, over real ports.</summary>
public sealed class AccessTests
{
    private const string Admin = "admin-key-admin-key", Reader = "reader-key-reader-key", Ended = "ended-key-ended-key", Follower = "follower-key-follower-key";

    private static readonly byte[] Secret = SHA256.HashData("a secret"u8);

    private static readonly string Keys = $$"""
        "keys": [
          { "name": "operator", "sha256": "{{JsonServer.Digest(Admin)}}", "scopes": ["admin"] },
          { "name": "reader", "sha256": "{{JsonServer.Digest(Reader)}}", "scopes": ["read:films"] },
          { "name": "follower", "sha256": "{{JsonServer.Digest(Follower)}}", "scopes": ["write:current"] },
          { "name": "former", "sha256": "{{JsonServer.Digest(Ended)}}", "scopes": ["admin"], "expires": "2020-01-01T00:00:00Z" },
        ]
        """;

    [Theory]
    [InlineData(null, "Points/Count", """{ "collection": "films" }""", HttpStatusCode.Unauthorized)]
    [InlineData("not-a-key-of-anybody", "Points/Count", """{ "collection": "films" }""", HttpStatusCode.Unauthorized)]
    [InlineData(Ended, "Points/Count", """{ "collection": "films" }""", HttpStatusCode.Unauthorized)]
    [InlineData(Reader, "Points/Count", """{ "collection": "films" }""", HttpStatusCode.OK)]
    [InlineData(Reader, "Points/Count", """{ "collection": "books" }""", HttpStatusCode.Forbidden)]
    [InlineData(Reader, "Points/Count", "{}", HttpStatusCode.Forbidden)]
    [InlineData(Reader, "Points/Upsert", """{ "collection": "films" }""", HttpStatusCode.Forbidden)]
    [InlineData(Reader, "Collections/GetCollection", """{ "name": "films" }""", HttpStatusCode.OK)]
    [InlineData(Reader, "Collections/GetCollection", """{ "name": "books" }""", HttpStatusCode.Forbidden)]
    [InlineData(Reader, "Collections/ListCollections", "{}", HttpStatusCode.Forbidden)]
    [InlineData(Reader, "Collections/DeleteCollection", """{ "name": "films" }""", HttpStatusCode.Forbidden)]
    [InlineData(Admin, "Collections/ListCollections", "{}", HttpStatusCode.OK)]
    [InlineData(Admin, "Points/Count", """{ "collection": "books" }""", HttpStatusCode.OK)]
    public async Task A_key_gives_what_its_scopes_say_for_the_collection_that_the_request_names(string? key, string method, string json, HttpStatusCode expected)
    {
        await using JsonServer server = await JsonServer.StartAsync(access: $"{{ {Keys} }}");
        await server.FillAsync("films", 1, Admin);
        await server.FillAsync("books", 1, Admin);
        JsonReply reply = await server.CallAsync(method, json, key);
        Assert.True(reply.Status == expected, $"{reply.Status}: {reply.Text}");
    }

    [Fact]
    public async Task A_scope_for_a_collection_holds_under_each_of_its_aliases_and_for_no_other_collection()
    {
        await using JsonServer server = await JsonServer.StartAsync(access: $"{{ {Keys} }}");
        await server.FillAsync("films", 1, Admin);
        await server.FillAsync("books", 2, Admin);
        await server.AliasAsync("current", "films", Admin);
        JsonReply counted = await server.CallAsync("Points/Count", """{ "collection": "current" }""", Reader);
        Assert.True(counted.Status == HttpStatusCode.OK, counted.Text);
        Assert.Equal("1", counted["points"].GetString());
        JsonReply explained = await server.CallAsync("Points/Explain", """{ "query": { "collection": "current", "ids": { "numbers": [1] } } }""", Reader);
        Assert.True(explained.Status == HttpStatusCode.OK, explained.Text);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.CallAsync("Points/Delete", """{ "collection": "current", "ids": { "numbers": [1] } }""", Reader)).Status);
        await server.AliasAsync("current", "books", Admin);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.CallAsync("Points/Count", """{ "collection": "current" }""", Reader)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Points/Count", """{ "collection": "films" }""", Reader)).Status);
    }

    [Fact]
    public async Task A_scope_for_an_alias_goes_with_the_alias_and_not_with_the_collection()
    {
        await using JsonServer server = await JsonServer.StartAsync(access: $"{{ {Keys} }}");
        await server.FillAsync("films", 1, Admin);
        await server.FillAsync("books", 2, Admin);
        foreach ((string collection, string points) in (IEnumerable<(string, string)>)[("films", "1"), ("books", "2")])
        {
            await server.AliasAsync("current", collection, Admin);
            Assert.Equal(points, (await server.CallAsync("Points/Count", """{ "collection": "current" }""", Follower))["points"].GetString());
            Assert.Equal(HttpStatusCode.Forbidden, (await server.CallAsync("Points/Count", $$"""{ "collection": "{{collection}}" }""", Follower)).Status);
        }
    }

    [Fact]
    public async Task Health_is_open_and_what_tells_of_collections_is_not()
    {
        await using JsonServer server = await JsonServer.StartAsync(access: $"{{ {Keys} }}");
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("healthz")).Status);
        foreach (string page in (string[])["status", "metrics"])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(page)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.GetAsync(page, "not-a-key-of-anybody")).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await server.GetAsync(page, Reader)).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync(page, Admin)).Status);
        }
    }

    [Fact]
    public async Task Tokens_of_both_signatures_are_believed_and_others_are_not()
    {
        using RSA rsa = RSA.Create(2048);
        await using JsonServer server = await JsonServer.StartAsync(
            access: $$"""{ {{Keys}}, "tokens": { "issuer": "ours", "hs256_secret_files": { "": "secret" }, "rs256_key_files": { "k": "public.pem" } } }""",
            files: [("secret", Secret), ("public.pem", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem()))]);
        await server.FillAsync("films", 1, Admin);
        const string count = """{ "collection": "films" }""";
        string claims = $$"""{ "iss": "ours", "sub": "anna", "exp": {{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}}, "scope": "read:films" }""";
        string hs = Token("""{ "alg": "HS256" }""", claims, bytes => HMACSHA256.HashData(Secret, bytes));
        string rs = Token("""{ "alg": "RS256", "kid": "k" }""", claims, bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Points/Count", count, hs)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.CallAsync("Points/Count", count, rs)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await server.CallAsync("Points/Count", """{ "collection": "books" }""", rs)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.CallAsync("Points/Count", count, hs[..^4] + "AAAA")).Status);
        string other = Token("""{ "alg": "HS256" }""", claims.Replace("ours", "theirs", StringComparison.Ordinal), bytes => HMACSHA256.HashData(Secret, bytes));
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.CallAsync("Points/Count", count, other)).Status);
    }

    [Fact]
    public async Task Every_fault_of_an_access_file_is_named()
    {
        const string file = """
            { "keys": [ { "name": "", "sha256": "abc", "scopes": ["reading"] },
                        { "name": "b", "sha256": "00", "scopes": [], "filter": { "must": [{ "nothing": {} }] }, "quota": { "calls_per_second": 0 } } ],
              "tokens": { "hs256_secret_files": { "": "none" } } }
            """;
        ServerConfigurationException fault = await Assert.ThrowsAsync<ServerConfigurationException>(() => JsonServer.StartAsync(access: file));
        foreach (string part in (string[])["keys[0].name", "'reading'", "64 hexadecimal", "keys[1] ('b').filter", "calls_per_second is 0", "does not exist"])
            Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "nobody could call")]
    [InlineData("""{ "key": [] }""", "key")]
    [InlineData("hello", "cannot be read")]
    public async Task A_file_that_lets_nobody_in_is_refused_at_the_start(string file, string expected)
    {
        ServerConfigurationException fault = await Assert.ThrowsAsync<ServerConfigurationException>(() => JsonServer.StartAsync(access: file));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    internal static string Token(string header, string claims, Func<byte[], byte[]> sign)
    {
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"Bearer {signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
    }
}
