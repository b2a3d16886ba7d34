using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Testing;

namespace VectorSearch.Server.Tests.Contract;

public sealed class TlsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Both_ports_speak_tls_and_the_http_port_speaks_http_2_as_well()
    {
        using X509Certificate2 certificate = WriteCertificate(out string certificateFile, out string keyFile);
        await using VectorSearchServer server = await VectorSearchServer.StartAsync(new ServerOptions
        {
            DataDirectory = _directory.Combine("data"), GrpcPort = 0, HttpPort = 0, TlsCertificateFile = certificateFile, TlsKeyFile = keyFile,
        });
        Assert.Equal("https", server.GrpcAddress.Scheme);

        RemoteCertificateValidationCallback isOurs = (_, presented, _, _) => presented?.GetCertHashString() == certificate.GetCertHashString();
        using VectorSearchClient client = new(server.GrpcAddress, new VectorSearchClientOptions
        {
            Channel = new GrpcChannelOptions { Tls = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = isOurs } },
        });
        Assert.Empty(await client.Collections.ListAsync());

        using SocketsHttpHandler handler = new() { SslOptions = { RemoteCertificateValidationCallback = isOurs } };
        using HttpClient http = new(handler) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using HttpResponseMessage health = await http.GetAsync(new Uri(server.HttpAddress, "healthz"));
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Equal(HttpVersion.Version20, health.Version);
    }

    [Fact]
    public async Task A_missing_certificate_file_is_named()
    {
        ServerOptions options = new() { DataDirectory = _directory.Combine("data"), GrpcPort = 0, HttpPort = 0, TlsCertificateFile = "none.pem", TlsKeyFile = "none.key" };
        ServerConfigurationException fault = await Assert.ThrowsAsync<ServerConfigurationException>(() => VectorSearchServer.StartAsync(options));
        Assert.Contains("none.", fault.Message, StringComparison.Ordinal);
    }

    private X509Certificate2 WriteCertificate(out string certificateFile, out string keyFile)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        certificateFile = _directory.Combine("server.pem");
        keyFile = _directory.Combine("server.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
