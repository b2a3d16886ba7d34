using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Knows callers by a secret key in the metadata <c>x-api-key</c>. Only the keys' SHA-256 digests are kept, and the
/// look-up by digest takes no time that tells anything of a key.
/// </summary>
public sealed class ApiKeyAuthorizer : ICallAuthorizer
{
    /// <summary>The metadata that carries the key.</summary>
    public const string HeaderName = "x-api-key";

    /// <summary>Shortest key, in characters: anything shorter can be guessed.</summary>
    public const int MinKeyLength = 16;

    private const int MaxKeyLength = 1024;

    private readonly Dictionary<string, CallIdentity> _callers = new(StringComparer.Ordinal);

    /// <summary>An authorizer of these keys and whom they stand for.</summary>
    /// <exception cref="ArgumentException">A key is too short or too long, or there twice.</exception>
    public ApiKeyAuthorizer(IEnumerable<KeyValuePair<string, CallIdentity>> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach ((string key, CallIdentity caller) in keys)
        {
            if (key.Length is < MinKeyLength or > MaxKeyLength)
                throw new ArgumentException($"The API key of '{caller.Subject}' has {key.Length} characters, expected {MinKeyLength} to {MaxKeyLength}.", nameof(keys));
            if (!_callers.TryAdd(Digest(key), caller))
                throw new ArgumentException($"The API key of '{caller.Subject}' belongs to somebody else already.", nameof(keys));
        }
    }

    private ApiKeyAuthorizer(Dictionary<string, CallIdentity> callers) => _callers = callers;

    /// <summary>An authorizer that was never told the keys, only their digests.</summary>
    /// <param name="digests">SHA-256 of each key's UTF-8 bytes in 64 hexadecimal digits, and whom it stands for.</param>
    /// <exception cref="ArgumentException">A digest is none, or there twice.</exception>
    public static ApiKeyAuthorizer FromDigests(IEnumerable<KeyValuePair<string, CallIdentity>> digests)
    {
        ArgumentNullException.ThrowIfNull(digests);
        Dictionary<string, CallIdentity> callers = new(StringComparer.Ordinal);
        foreach ((string digest, CallIdentity caller) in digests)
        {
            if (digest.Length != 2 * SHA256.HashSizeInBytes || !digest.All(char.IsAsciiHexDigit))
                throw new ArgumentException($"The digest of '{caller.Subject}' has {digest.Length} characters, expected {2 * SHA256.HashSizeInBytes} hexadecimal digits.", nameof(digests));
            if (!callers.TryAdd(digest.ToUpperInvariant(), caller))
                throw new ArgumentException($"The digest of '{caller.Subject}' belongs to somebody else already.", nameof(digests));
        }

        return new ApiKeyAuthorizer(callers);
    }

    /// <inheritdoc/>
    public ValueTask<CallIdentity?> AuthenticateAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        string key = http.Request.Headers[HeaderName].ToString();
        if (key.Length == 0) return ValueTask.FromResult<CallIdentity?>(null);
        if (key.Length <= MaxKeyLength && _callers.TryGetValue(Digest(key), out CallIdentity? caller)
            && !(caller.Expires <= DateTimeOffset.UtcNow))
        {
            return ValueTask.FromResult<CallIdentity?>(caller);
        }

        throw new RpcException(GrpcStatusCode.Unauthenticated, "The API key is not known.");
    }

    private static string Digest(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
