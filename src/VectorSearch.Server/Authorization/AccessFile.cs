using System.Text.Json;
using System.Text.Json.Serialization;

namespace VectorSearch.Server.Authorization;

/// <summary>
/// Who may call, as the file of <see cref="ServerOptions.AccessFile"/> has it: keys by their digests, keys that sign
/// tokens, and how often each caller may call. The page on operations shows one.
/// </summary>
internal sealed record AccessFile
{
    /// <summary>Most keys of a file.</summary>
    public const int MaxKeys = 100_000;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>API keys.</summary>
    public IReadOnlyList<AccessKey> Keys { get; init; } = [];

    /// <summary>Signed tokens; null believes none.</summary>
    public AccessTokens? Tokens { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ServerConfigurationException">The file is missing or not of this form.</exception>
    public static AccessFile Read(string path)
    {
        if (!File.Exists(path)) throw new ServerConfigurationException([$"{nameof(ServerOptions.AccessFile)} '{path}' does not exist."]);
        try
        {
            AccessFile file = JsonSerializer.Deserialize<AccessFile>(File.ReadAllBytes(path), Format) ?? new AccessFile();
            return file.Keys.Count <= MaxKeys ? file : throw new ServerConfigurationException([$"Access file '{path}' has {file.Keys.Count} keys; expected at most {MaxKeys}."]);
        }
        catch (JsonException fault)
        {
            throw new ServerConfigurationException([$"Access file '{path}' cannot be read: {fault.Message}"], fault);
        }
    }
}

/// <summary>A key that is known by its digest only.</summary>
internal sealed record AccessKey
{
    /// <summary>Whom it stands for: the name in logs, metrics and quotas.</summary>
    public string Name { get; init; } = "";

    /// <summary>SHA-256 of the key in 64 hexadecimal digits.</summary>
    public string Sha256 { get; init; } = "";

    /// <summary>As <c>read</c>, <c>write:films</c> or <c>admin</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>A filter that narrows whatever the caller asks, in protobuf's JSON form of <c>Filter</c>.</summary>
    public JsonElement? Filter { get; init; }

    /// <summary>When the key ends; null for never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How often its bearer may call; null for as often as it likes.</summary>
    public AccessQuota? Quota { get; init; }
}

/// <summary>How often a caller may call.</summary>
internal sealed record AccessQuota
{
    /// <summary>Greatest rate and burst.</summary>
    public const int Max = 1_000_000;

    /// <summary>Calls a second in the long run, above 0.</summary>
    public double CallsPerSecond { get; init; }

    /// <summary>Calls that may come at once after a rest, 1 or more; 0 means one second's worth.</summary>
    public int Burst { get; init; }
}

/// <summary>Which signed tokens are believed.</summary>
internal sealed record AccessTokens
{
    /// <summary>Who must have issued them; null for anybody who has a key.</summary>
    public string? Issuer { get; init; }

    /// <summary>For whom they must be; null for anybody.</summary>
    public string? Audience { get; init; }

    /// <summary>Files with secrets of HS256 (32 bytes or more), by key id; the empty id stands for tokens without one.</summary>
    public IReadOnlyDictionary<string, string> Hs256SecretFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>PEM files with public keys of RS256 (2048 bits or more), by key id.</summary>
    public IReadOnlyDictionary<string, string> Rs256KeyFiles { get; init; } = new Dictionary<string, string>();

    /// <summary>How often the bearer of one subject's tokens may call.</summary>
    public AccessQuota? Quota { get; init; }
}
