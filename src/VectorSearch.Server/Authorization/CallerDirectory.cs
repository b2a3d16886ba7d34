using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Server.Authorization;

/// <summary>Knows callers by what their requests carry, from an <see cref="AccessFile"/>.</summary>
internal sealed class CallerDirectory
{
    /// <summary>Shortest secret and longest key file, in bytes.</summary>
    private const int MaxKeyFileBytes = 64 << 10;

    private readonly List<ICallAuthorizer> _authorizers = [];

    private CallerDirectory()
    {
    }

    /// <summary>Quotas of API keys by the callers' names.</summary>
    public Dictionary<string, AccessQuota> KeyQuotas { get; } = new(StringComparer.Ordinal);

    /// <summary>The quota of each subject known by a token; null for none.</summary>
    public AccessQuota? TokenQuota { get; private init; }

    /// <summary>Reads the access file that the options name; null if they name none, and everybody may do everything.</summary>
    /// <exception cref="ServerConfigurationException">Lists every fault of the file.</exception>
    public static CallerDirectory? Open(ServerOptions options)
    {
        if (options.AccessFile.Length == 0) return null;
        AccessFile file = AccessFile.Read(options.AccessFile);
        List<string> faults = [];
        CallerDirectory directory = new() { TokenQuota = file.Tokens?.Quota };
        directory.AddKeys(file.Keys, faults);
        if (file.Tokens is { } tokens) directory.AddTokens(tokens, Path.GetDirectoryName(Path.GetFullPath(options.AccessFile))!, faults);
        if (file.Keys.Count == 0 && file.Tokens is null) faults.Add("it has neither keys nor tokens, so nobody could call");
        return faults.Count == 0 ? directory : throw new ServerConfigurationException([.. faults.Select(fault => $"Access file '{options.AccessFile}': {fault}.")]);
    }

    /// <summary>The caller, or null if the request carries nothing that is read here.</summary>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.Unauthenticated"/> if it carries something that is not valid.</exception>
    public async ValueTask<CallIdentity?> FindAsync(HttpContext http)
    {
        foreach (ICallAuthorizer authorizer in _authorizers)
        {
            if (await authorizer.AuthenticateAsync(http) is { } caller) return caller;
        }

        return null;
    }

    private void AddKeys(IReadOnlyList<AccessKey> keys, List<string> faults)
    {
        List<KeyValuePair<string, CallIdentity>> callers = [];
        for (int i = 0; i < keys.Count; i++)
        {
            AccessKey key = keys[i];
            string at = $"keys[{i}] ('{key.Name}')";
            if (key.Name.Length == 0) faults.Add($"keys[{i}].name is empty, expected a name for logs and quotas");
            List<CallScope> scopes = [];
            foreach (string text in key.Scopes)
            {
                if (CallScope.TryParse(text, out CallScope? scope)) scopes.Add(scope);
                else faults.Add($"{at}.scopes has '{text}', expected read, write or admin, alone or as read:COLLECTION");
            }

            string? filter = key.Filter is { ValueKind: not System.Text.Json.JsonValueKind.Null } given ? given.GetRawText() : null;
            if (filter is not null && ForcedFilter.Fault(filter) is { } fault) faults.Add($"{at}.filter is no filter: {fault}");
            if (key.Quota is { } quota)
            {
                CheckQuota($"{at}.quota", quota, faults);
                KeyQuotas[key.Name] = quota;
            }

            callers.Add(new(key.Sha256, new CallIdentity { Subject = key.Name, Scopes = scopes, ForcedFilter = filter, Expires = key.Expires }));
        }

        TryAdd(() => ApiKeyAuthorizer.FromDigests(callers), faults);
    }

    private void AddTokens(AccessTokens tokens, string folder, List<string> faults)
    {
        if (tokens.Quota is { } quota) CheckQuota("tokens.quota", quota, faults);
        Dictionary<string, byte[]> secrets = [];
        Dictionary<string, RSA> keys = [];
        foreach ((string id, string file) in tokens.Hs256SecretFiles)
        {
            if (ReadKeyFile(Path.Combine(folder, file), faults) is { } secret) secrets[id] = secret;
        }

        foreach ((string id, string file) in tokens.Rs256KeyFiles)
        {
            if (ReadKeyFile(Path.Combine(folder, file), faults) is not { } pem) continue;
            RSA key = RSA.Create();
            try
            {
                key.ImportFromPem(Encoding.UTF8.GetString(pem));
                keys[id] = key;
            }
            catch (ArgumentException fault)
            {
                faults.Add($"'{file}' is no RSA key in PEM: {fault.Message}");
            }
        }

        if (faults.Count > 0) return;
        TryAdd(() => new SignedTokenAuthorizer(new SignedTokenOptions { HmacSecrets = secrets, RsaKeys = keys, Issuer = tokens.Issuer, Audience = tokens.Audience }), faults);
    }

    private void TryAdd(Func<ICallAuthorizer> make, List<string> faults)
    {
        try
        {
            _authorizers.Add(make());
        }
        catch (ArgumentException fault)
        {
            faults.Add(fault.Message);
        }
    }

    private static byte[]? ReadKeyFile(string path, List<string> faults)
    {
        if (!File.Exists(path))
        {
            faults.Add($"key file '{path}' does not exist");
            return null;
        }

        if (new FileInfo(path).Length <= MaxKeyFileBytes) return File.ReadAllBytes(path);
        faults.Add($"key file '{path}' has more than {MaxKeyFileBytes} bytes");
        return null;
    }

    private static void CheckQuota(string at, AccessQuota quota, List<string> faults)
    {
        if (quota.CallsPerSecond is not (> 0 and <= AccessQuota.Max)) faults.Add($"{at}.calls_per_second is {quota.CallsPerSecond}, expected above 0 and at most {AccessQuota.Max}");
        if (quota.Burst is < 0 or > AccessQuota.Max) faults.Add($"{at}.burst is {quota.Burst}, expected 0 to {AccessQuota.Max}");
    }
}
