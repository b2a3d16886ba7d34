using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Knows callers by a signed token, <c>authorization: Bearer …</c>: HS256 or RS256, always with an end (<c>exp</c>). The
/// claim <c>scope</c> gives scopes separated by spaces, and <c>filter</c> the <see cref="CallIdentity.ForcedFilter"/>.
/// </summary>
public sealed class SignedTokenAuthorizer : ICallAuthorizer
{
    private const string BearerPrefix = "Bearer ";
    private const int MaxTokenLength = 8 * 1024;

    // Only tokens that were believed are remembered, so nobody can fill it who has no key.
    private const int MaxRemembered = 10_000;

    private readonly SignedTokenOptions _options;
    private readonly ConcurrentDictionary<string, CallIdentity> _remembered = new(StringComparer.Ordinal);

    /// <summary>An authorizer of tokens signed by these keys.</summary>
    /// <exception cref="ArgumentException">A key is too weak, or there is none.</exception>
    public SignedTokenAuthorizer(SignedTokenOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <inheritdoc/>
    public ValueTask<CallIdentity?> AuthenticateAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        string header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? ValueTask.FromResult<CallIdentity?>(Verify(header[BearerPrefix.Length..].Trim()))
            : ValueTask.FromResult<CallIdentity?>(null);
    }

    /// <summary>Checks a token's signature and claims.</summary>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.Unauthenticated"/> if it is not to be believed.</exception>
    public CallIdentity Verify(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (_remembered.TryGetValue(token, out CallIdentity? known) && !IsOver(known)) return known;
        CallIdentity caller;
        try
        {
            caller = Read(token);
        }
        catch (Exception damaged) when (damaged is FormatException or JsonException or InvalidOperationException or CryptographicException)
        {
            throw Refused("it is not a JSON Web Token", damaged);
        }

        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered[token] = caller;
        return caller;
    }

    private CallIdentity Read(string token)
    {
        string[] parts = token.Length <= MaxTokenLength ? token.Split('.') : [];
        if (parts.Length != 3) throw Refused("it does not have three parts");
        byte[] signature = Base64Url.DecodeFromChars(parts[2]);
        using (JsonDocument header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0])))
            CheckSignature(header.RootElement, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature);
        using JsonDocument claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        return ReadClaims(claims.RootElement);
    }

    // The key's own kind decides how the signature is checked; the header's alg must agree with it. Trusting alg alone would
    // let a caller sign with the public key as if it were a secret.
    private void CheckSignature(JsonElement header, byte[] signed, byte[] signature)
    {
        string algorithm = Text(header, "alg") ?? "";
        string keyId = Text(header, "kid") ?? "";
        if (header.TryGetProperty("crit", out _)) throw Refused("it has critical extensions, which are not known here");
        bool valid = algorithm switch
        {
            "HS256" when _options.HmacSecrets.TryGetValue(keyId, out byte[]? secret) =>
                CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(secret, signed), signature),
            "RS256" when _options.RsaKeys.TryGetValue(keyId, out RSA? key) =>
                key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            _ => throw Refused("its algorithm and key id are not known here"),
        };
        if (!valid) throw Refused("its signature is wrong");
    }

    private CallIdentity ReadClaims(JsonElement claims)
    {
        DateTimeOffset now = _options.Clock.GetUtcNow();
        DateTimeOffset expires = Time(claims, "exp") ?? throw Refused("it has no end (exp)");
        if (now > expires + _options.ClockSkew) throw Refused("it has expired");
        if (Time(claims, "nbf") is { } begins && now < begins - _options.ClockSkew) throw Refused("it is not valid yet");
        if (_options.Issuer is { } issuer && Text(claims, "iss") != issuer) throw Refused("it has another issuer");
        if (_options.Audience is { } audience && !HasAudience(claims, audience)) throw Refused("it is for another audience");
        var scopes = new List<CallScope>();
        foreach (string text in (Text(claims, "scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (CallScope.TryParse(text, out CallScope? scope)) scopes.Add(scope);
        }

        return new CallIdentity
        {
            Subject = Text(claims, "sub") ?? "",
            Scopes = scopes,
            ForcedFilter = claims.TryGetProperty("filter", out JsonElement filter) ? filter.GetRawText() : null,
            Expires = expires,
        };
    }

    private bool IsOver(CallIdentity caller) => caller.Expires is { } expires && _options.Clock.GetUtcNow() > expires + _options.ClockSkew;

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out JsonElement value)) return null;
        double seconds = value.GetDouble();
        return seconds >= 0 && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() - 1
            ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
            : throw Refused($"its time '{name}' is out of range");
    }

    private static bool HasAudience(JsonElement claims, string audience)
    {
        if (!claims.TryGetProperty("aud", out JsonElement value)) return false;
        return value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Any(one => one.GetString() == audience)
            : value.GetString() == audience;
    }

    private static RpcException Refused(string why, Exception? cause = null) =>
        new(GrpcStatusCode.Unauthenticated, $"The token is not accepted: {why}.", cause);
}
