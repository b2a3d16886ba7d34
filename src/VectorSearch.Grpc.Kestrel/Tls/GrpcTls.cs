using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>TLS of a port, from PEM files; mutual when it names an authority for its callers' certificates.</summary>
public sealed record GrpcTls
{
    /// <summary>The server's certificate, with its chain, in PEM.</summary>
    public required string CertificateFile { get; init; }

    /// <summary>The certificate's private key, in PEM.</summary>
    public required string KeyFile { get; init; }

    /// <summary>The authority that must have issued a caller's certificate, in PEM; null asks callers for none.</summary>
    public string? ClientAuthorityFile { get; init; }

    /// <summary>Makes a port take TLS connections only.</summary>
    /// <exception cref="ArgumentException">A file is missing or not what it should be; the message names the file.</exception>
    public void Apply(ListenOptions port)
    {
        ArgumentNullException.ThrowIfNull(port);
        X509Certificate2Collection? authorities = ClientAuthorityFile is { } file ? ReadAuthorities(file) : null;
        var options = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = ReadCertificate(),
            ServerCertificateChain = Read(CertificateFile, "certificate", path =>
            {
                var chain = new X509Certificate2Collection();
                chain.ImportFromPemFile(path);
                return chain;
            }),
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        if (authorities is not null)
        {
            options.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            options.ClientCertificateValidation = (certificate, chain, errors) => IsIssuedBy(authorities, certificate, chain);
        }

        port.UseHttps(options);
    }

    private X509Certificate2 ReadCertificate() =>
        Read(CertificateFile, "certificate", path => X509Certificate2.CreateFromPemFile(path, Read(KeyFile, "key", key => key)));

    private static X509Certificate2Collection ReadAuthorities(string file) => Read(file, "client authority", path =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    });

    // Only the authorities named here count, not those that the machine trusts.
    private static bool IsIssuedBy(X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2", "TLS client"));
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }

    private static T Read<T>(string file, string role, Func<string, T> read)
    {
        if (!File.Exists(file)) throw new ArgumentException($"The TLS {role} file '{file}' does not exist.");
        try
        {
            return read(file);
        }
        catch (CryptographicException damaged)
        {
            throw new ArgumentException($"The TLS {role} file '{file}' cannot be used: {damaged.Message}", damaged);
        }
    }
}
