using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VectorSearch.Grpc;

/// <summary>Makes the TLS options of a channel from PEM files.</summary>
public static class ClientTls
{
    /// <summary>
    /// Options that trust one authority instead of the system's, and show a certificate of the caller's own if it has one.
    /// </summary>
    /// <param name="authorityFile">Issuer of the server's certificate, in PEM; null trusts the system's authorities.</param>
    /// <param name="certificateFile">The caller's certificate, in PEM; null shows none.</param>
    /// <param name="keyFile">Its private key, in PEM.</param>
    /// <exception cref="ArgumentException">A file is missing or not what it should be, or one of the last two is given alone.</exception>
    public static SslClientAuthenticationOptions FromFiles(string? authorityFile, string? certificateFile = null, string? keyFile = null)
    {
        if (certificateFile is null != keyFile is null)
            throw new ArgumentException("A client certificate needs both its file and its key's file.");
        var options = new SslClientAuthenticationOptions();
        if (authorityFile is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Read(authorityFile, () => policy.CustomTrustStore.ImportFromPemFile(authorityFile));
            options.CertificateChainPolicy = policy;
        }

        if (certificateFile is not null)
        {
            X509Certificate2? own = null;
            Read(certificateFile, () => own = X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own!, additionalCertificates: null, offline: true);
        }

        return options;
    }

    private static void Read(string file, Action read)
    {
        try
        {
            read();
        }
        catch (Exception damaged) when (damaged is CryptographicException or IOException)
        {
            throw new ArgumentException($"The TLS file '{file}' cannot be used: {damaged.Message}", damaged);
        }
    }
}
