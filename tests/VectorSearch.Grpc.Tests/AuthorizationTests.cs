using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class AuthorizationTests
{
    private const string Key = "a-key-that-is-long-enough";

    private static readonly byte[] Secret = SHA256.HashData("secret"u8);
    private static readonly RSA Rsa = RSA.Create(2048);
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static long End => Now.AddHours(1).ToUnixTimeSeconds();

    [Theory]
    [InlineData("read", GrpcStatusCode.PermissionDenied)]
    [InlineData("write", GrpcStatusCode.Ok)]
    [InlineData("write:films", GrpcStatusCode.Ok)]
    [InlineData("admin", GrpcStatusCode.Ok)]
    public async Task A_key_gives_the_access_of_its_scopes(string scope, GrpcStatusCode expected)
    {
        Assert.True(CallScope.TryParse(scope, out CallScope? parsed));
        await using TestServer server = await StartAsync(
            CallAccess.Write, new ApiKeyAuthorizer([new(Key, new CallIdentity { Subject = "importer", Scopes = [parsed] })]));
        Assert.Equal(expected, await CallAsync(server, (ApiKeyAuthorizer.HeaderName, Key)));
    }

    [Fact]
    public async Task Without_a_key_or_with_a_wrong_one_the_caller_is_not_known()
    {
        await using TestServer server = await StartAsync(
            CallAccess.Read, new ApiKeyAuthorizer([new(Key, new CallIdentity { Subject = "importer", Scopes = [new(CallAccess.Admin)] })]));
        Assert.Equal(GrpcStatusCode.Unauthenticated, await CallAsync(server));
        Assert.Equal(GrpcStatusCode.Unauthenticated, await CallAsync(server, (ApiKeyAuthorizer.HeaderName, Key + "x")));
    }

    [Fact]
    public async Task An_open_method_needs_nothing()
    {
        await using TestServer server = await StartAsync(CallAccess.None, new ApiKeyAuthorizer([]));
        Assert.Equal(GrpcStatusCode.Ok, await CallAsync(server));
    }

    [Fact]
    public async Task A_token_brings_the_caller_to_the_handler()
    {
        CallIdentity? seen = null;
        await using TestServer server = await StartAsync(CallAccess.Read, Tokens(), call => seen = call.Get<CallIdentity>());
        string token = Sign("HS256", $$"""{ "sub": "anna", "exp": {{End}}, "scope": "openid read:films", "filter": { "tenant": 7 } }""");
        Assert.Equal(GrpcStatusCode.Ok, await CallAsync(server, ("authorization", $"Bearer {token}")));
        Assert.Equal("anna", seen!.Subject);
        Assert.Equal([new CallScope(CallAccess.Read, "films")], seen.Scopes);
        Assert.Equal("""{ "tenant": 7 }""", seen.ForcedFilter);
        Assert.True(seen.MayDo(CallAccess.Read, "films"));
        Assert.False(seen.MayDo(CallAccess.Read, "books"));
        Assert.Equal(GrpcStatusCode.PermissionDenied, Assert.Throws<RpcException>(() => seen.Require(CallAccess.Write, "films")).Code);
    }

    [Fact]
    public void Both_signatures_are_known()
    {
        string claims = $$"""{ "sub": "anna", "exp": {{End}} }""";
        Assert.Equal("anna", Tokens().Verify(Sign("HS256", claims)).Subject);
        Assert.Equal("anna", Tokens().Verify(Sign("RS256", claims)).Subject);
    }

    [Fact]
    public void A_token_is_refused_when_its_time_is_over_even_if_it_was_taken_before()
    {
        var clock = new StoppedClock();
        SignedTokenAuthorizer tokens = Tokens(clock);
        string token = Sign("HS256", $$"""{ "sub": "anna", "exp": {{End}} }""");
        Assert.Equal("anna", tokens.Verify(token).Subject);
        clock.Time = Now.AddHours(2);
        Assert.Equal(GrpcStatusCode.Unauthenticated, Assert.Throws<RpcException>(() => tokens.Verify(token)).Code);
    }

    public static TheoryData<string, string> BadTokens()
    {
        string good = Sign("HS256", $$"""{ "exp": {{End}} }""");
        string[] parts = good.Split('.');
        string none = Encode("""{ "alg": "none" }""");
        return new TheoryData<string, string>
        {
            { "empty", "" },
            { "no parts", "abc" },
            { "not base64", "a.b!.c" },
            { "not json", Sign("HS256", "claims") },
            { "claims that are no object", Sign("HS256", "[1]") },
            { "another payload", $"{parts[0]}.{Encode($$"""{ "exp": {{End + 1}} }""")}.{parts[2]}" },
            { "no signature", $"{parts[0]}.{parts[1]}." },
            { "algorithm none", $"{none}.{parts[1]}." },
            { "the public key as a secret", Sign("HS256", $$"""{ "exp": {{End}} }""", Rsa.ExportSubjectPublicKeyInfo()) },
            { "another secret", Sign("HS256", $$"""{ "exp": {{End}} }""", SHA256.HashData("other"u8)) },
            { "another key id", Sign("HS256", $$"""{ "exp": {{End}} }""", keyId: "k9") },
            { "a critical extension", Sign("HS256", $$"""{ "exp": {{End}} }""", extra: ", \"crit\": [\"x\"]") },
            { "no end", Sign("HS256", "{}") },
            { "an end before now", Sign("HS256", $$"""{ "exp": {{Now.AddMinutes(-2).ToUnixTimeSeconds()}} }""") },
            { "an end out of range", Sign("HS256", """{ "exp": 1e300 }""") },
            { "a beginning after now", Sign("HS256", $$"""{ "exp": {{End}}, "nbf": {{Now.AddMinutes(2).ToUnixTimeSeconds()}} }""") },
            { "too long", Sign("HS256", $$"""{ "exp": {{End}}, "x": "{{new string('x', 9000)}}" }""") },
        };
    }

    [Theory]
    [MemberData(nameof(BadTokens))]
    public void A_token_that_is_not_to_be_believed_is_refused(string why, string token)
    {
        RpcException fault = Assert.Throws<RpcException>(() => Tokens().Verify(token));
        Assert.True(fault.Code == GrpcStatusCode.Unauthenticated, why);
    }

    [Fact]
    public void Issuer_and_audience_must_be_those_asked_for()
    {
        var tokens = new SignedTokenAuthorizer(Options(new StoppedClock()) with { Issuer = "us", Audience = "films" });
        Assert.NotNull(tokens.Verify(Sign("HS256", $$"""{ "exp": {{End}}, "iss": "us", "aud": ["books", "films"] }""")));
        Assert.Throws<RpcException>(() => tokens.Verify(Sign("HS256", $$"""{ "exp": {{End}}, "iss": "them", "aud": "films" }""")));
        Assert.Throws<RpcException>(() => tokens.Verify(Sign("HS256", $$"""{ "exp": {{End}}, "iss": "us", "aud": "books" }""")));
        Assert.Throws<RpcException>(() => tokens.Verify(Sign("HS256", $$"""{ "exp": {{End}}, "iss": "us" }""")));
    }

    [Fact]
    public void Weak_keys_are_refused_all_at_once()
    {
        using RSA weak = RSA.Create(1024);
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new SignedTokenAuthorizer(new SignedTokenOptions
        {
            HmacSecrets = new Dictionary<string, byte[]> { ["h"] = new byte[31] },
            RsaKeys = new Dictionary<string, RSA> { ["r"] = weak },
        }));
        Assert.Contains("secret 'h' has 31 bytes", fault.Message, StringComparison.Ordinal);
        Assert.Contains("RSA key 'r' has 1024 bits", fault.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ApiKeyAuthorizer([new("short", new CallIdentity { Subject = "x", Scopes = [] })]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("reads")]
    [InlineData("read:")]
    [InlineData(":films")]
    public void What_is_no_scope_of_ours_is_left_out(string text) => Assert.False(CallScope.TryParse(text, out _));

    private static SignedTokenOptions Options(TimeProvider clock) => new()
    {
        HmacSecrets = new Dictionary<string, byte[]> { [""] = Secret },
        RsaKeys = new Dictionary<string, RSA> { [""] = Rsa },
        Clock = clock,
    };

    private static SignedTokenAuthorizer Tokens(TimeProvider? clock = null) => new(Options(clock ?? new StoppedClock()));

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static string Sign(string algorithm, string claims, byte[]? secret = null, string? keyId = null, string extra = "")
    {
        string kid = keyId is null ? "" : $", \"kid\": \"{keyId}\"";
        string signed = $"{Encode($"{{ \"alg\": \"{algorithm}\"{kid}{extra} }}")}.{Encode(claims)}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = algorithm == "RS256"
            ? Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : HMACSHA256.HashData(secret ?? Secret, bytes);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static Task<TestServer> StartAsync(CallAccess access, ICallAuthorizer authorizer, Action<ServerCall>? look = null) =>
        TestServer.StartUnaryAsync(
            (_, call) =>
            {
                look?.Invoke(call);
                return Task.FromResult(new SimpleResponse());
            },
            new GrpcServerOptions { Interceptors = [new AuthorizationInterceptor([authorizer], _ => access)] });

    private static async Task<GrpcStatusCode> CallAsync(TestServer server, params (string Name, string Value)[] headers) =>
        (await server.PostAsync(TestServer.UnaryCall.Path, TestServer.Frame(new SimpleRequest()), headers: headers)).Code;

    private sealed class StoppedClock : TimeProvider
    {
        internal DateTimeOffset Time { get; set; } = Now;

        public override DateTimeOffset GetUtcNow() => Time;
    }
}
