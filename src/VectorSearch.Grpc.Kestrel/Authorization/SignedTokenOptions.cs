using System.Security.Cryptography;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Which signed tokens (JSON Web Tokens, RFC 7519) are believed.</summary>
public sealed record SignedTokenOptions
{
    /// <summary>Shortest secret of HS256, in bytes: that of its digest (RFC 7518, section 3.2).</summary>
    public const int MinSecretLength = 32;

    /// <summary>Shortest modulus of RS256, in bits (RFC 7518, section 3.3).</summary>
    public const int MinRsaKeySize = 2048;

    /// <summary>Secrets of HS256 by key id; the empty id is taken for tokens without one.</summary>
    public IReadOnlyDictionary<string, byte[]> HmacSecrets { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Public keys of RS256 by key id; the empty id is taken for tokens without one.</summary>
    public IReadOnlyDictionary<string, RSA> RsaKeys { get; init; } = new Dictionary<string, RSA>();

    /// <summary>Who must have issued a token (<c>iss</c>); null takes any issuer.</summary>
    public string? Issuer { get; init; }

    /// <summary>For whom a token must be (<c>aud</c>); null takes any audience.</summary>
    public string? Audience { get; init; }

    /// <summary>How far the issuer's clock may be from ours.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What time it is; for tests.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Says every fault at once.</summary>
    /// <exception cref="ArgumentException">A key is too weak, there is none, or the skew is negative.</exception>
    internal void Validate()
    {
        var faults = new List<string>();
        if (HmacSecrets.Count == 0 && RsaKeys.Count == 0) faults.Add("there is no key");
        foreach ((string id, byte[] secret) in HmacSecrets)
        {
            if (secret.Length < MinSecretLength) faults.Add($"secret '{id}' has {secret.Length} bytes, expected {MinSecretLength} or more");
        }

        foreach ((string id, RSA key) in RsaKeys)
        {
            if (key.KeySize < MinRsaKeySize) faults.Add($"RSA key '{id}' has {key.KeySize} bits, expected {MinRsaKeySize} or more");
        }

        if (ClockSkew < TimeSpan.Zero) faults.Add($"{nameof(ClockSkew)} is {ClockSkew}, expected zero or more");
        if (faults.Count > 0) throw new ArgumentException($"Token options: {string.Join("; ", faults)}.");
    }
}
