using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;
using VectorSearch.Testing;

namespace VectorSearch.Grpc.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly TempDirectory _files = new();
    private readonly string _authority;

    public TlsTests()
    {
        _authority = MakeAuthority("authority");
        MakeAuthority("stranger");
        Issue("authority", "server");
        Issue("authority", "client");
        Issue("stranger", "impostor");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_caller_that_trusts_the_authority_gets_through()
    {
        await using TestServer server = await StartAsync(mutual: false);
        Assert.Equal(GrpcStatusCode.Ok, await CallAsync(server, _authority));
    }

    [Fact]
    public async Task A_caller_that_does_not_trust_it_stays_away()
    {
        await using TestServer server = await StartAsync(mutual: false);
        Assert.Equal(GrpcStatusCode.Unavailable, await CallAsync(server, File("stranger.pem")));
    }

    [Theory]
    [InlineData("client", GrpcStatusCode.Ok)]
    [InlineData("impostor", GrpcStatusCode.Unavailable)]
    [InlineData(null, GrpcStatusCode.Unavailable)]
    public async Task Mutual_tls_lets_in_whom_the_authority_knows(string? certificate, GrpcStatusCode expected)
    {
        await using TestServer server = await StartAsync(mutual: true);
        Assert.Equal(expected, await CallAsync(server, _authority, certificate));
    }

    [Fact]
    public async Task A_flood_is_seen_inside_of_tls()
    {
        await using TestServer server = await StartAsync(mutual: false, KestrelLimits.Default with
        {
            MaxControlFramesPerSecond = KestrelLimits.MinMaxControlFramesPerSecond, FloodPatience = TimeSpan.Zero,
        });
        using TcpClient attacker = new(server.Address.Host, server.Address.Port);
        await using SslStream wire = new(attacker.GetStream());
        await wire.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(_authority) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        });
        await wire.WriteAsync(FrameBytes.Preface);
        Assert.True(await FrameGuardTests.IsCutAsync(wire, Enumerable.Repeat(FrameBytes.Ping, 10 * KestrelLimits.MinMaxControlFramesPerSecond)));
    }

    [Fact]
    public void A_file_that_is_missing_or_no_certificate_is_named()
    {
        System.IO.File.WriteAllText(File("junk.pem"), "junk");
        ArgumentException missing = Assert.Throws<ArgumentException>(() => ClientTls.FromFiles(File("none.pem")));
        Assert.Contains("none.pem", missing.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ClientTls.FromFiles(_authority, certificateFile: File("client.pem")));
        ArgumentException junk = Assert.Throws<ArgumentException>(() => ClientTls.FromFiles(_authority, File("junk.pem"), File("client.key")));
        Assert.Contains("junk.pem", junk.Message, StringComparison.Ordinal);
    }

    private Task<TestServer> StartAsync(bool mutual, KestrelLimits? limits = null) => TestServer.StartAsync(grpc => grpc.Interop(), limits: limits, tls: new GrpcTls
    {
        CertificateFile = File("server.pem"),
        KeyFile = File("server.key"),
        ClientAuthorityFile = mutual ? _authority : null,
    });

    private async Task<GrpcStatusCode> CallAsync(TestServer server, string authority, string? certificate = null)
    {
        var options = new GrpcChannelOptions
        {
            Tls = certificate is null ? ClientTls.FromFiles(authority) : ClientTls.FromFiles(authority, File(certificate + ".pem"), File(certificate + ".key")),
        };
        using var channel = new GrpcChannel(new Uri($"https://localhost:{server.Address.Port}"), options);
        try
        {
            await channel.UnaryAsync(TestServer.EmptyCall, new Empty());
            return GrpcStatusCode.Ok;
        }
        catch (RpcException fault)
        {
            return fault.Code;
        }
    }

    private string File(string name) => _files.Combine(name);

    private string MakeAuthority(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        Write(name, certificate, key);
        return File(name + ".pem");
    }

    private void Issue(string authority, string name)
    {
        using X509Certificate2 issuer = X509Certificate2.CreateFromPemFile(File(authority + ".pem"), File(authority + ".key"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(
            issuer, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1), RandomNumberGenerator.GetBytes(8));
        Write(name, certificate, key);
    }

    private void Write(string name, X509Certificate2 certificate, ECDsa key)
    {
        System.IO.File.WriteAllText(File(name + ".pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(File(name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }
}
