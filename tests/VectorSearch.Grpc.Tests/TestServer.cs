using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

/// <summary>A real Kestrel on a free port of this machine, and a channel to it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    internal static readonly GrpcMethod<Empty, Empty> EmptyCall = new(InteropService.Descriptor, "EmptyCall");
    internal static readonly GrpcMethod<SimpleRequest, SimpleResponse> UnaryCall = new(InteropService.Descriptor, "UnaryCall");
    internal static readonly GrpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> OutputCall =
        new(InteropService.Descriptor, "StreamingOutputCall");

    internal static readonly GrpcMethod<StreamingInputCallRequest, StreamingInputCallResponse> InputCall =
        new(InteropService.Descriptor, "StreamingInputCall");

    internal static readonly GrpcMethod<StreamingOutputCallRequest, StreamingOutputCallResponse> DuplexCall =
        new(InteropService.Descriptor, "FullDuplexCall");

    private readonly WebApplication _app;

    private TestServer(WebApplication app, GrpcChannelOptions? channel)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
        Channel = new GrpcChannel(Address, channel);
    }

    internal Uri Address { get; }

    internal GrpcChannel Channel { get; }

    internal static Google.Protobuf.Reflection.ServiceDescriptor Service => InteropService.Descriptor;

    /// <summary>A server with the interop service.</summary>
    internal static Task<TestServer> StartAsync(GrpcServerOptions? options = null, GrpcChannelOptions? channel = null) =>
        StartAsync(grpc => grpc.Interop(), options, channel);

    /// <summary>A server whose only method is one unary call.</summary>
    internal static Task<TestServer> StartUnaryAsync(Func<SimpleRequest, ServerCall, Task<SimpleResponse>> handler, GrpcServerOptions? options = null) =>
        StartAsync(grpc => grpc.Service(Service, service => service.Unary("UnaryCall", handler)), options);

    /// <summary>A server with services of the test's own.</summary>
    internal static async Task<TestServer> StartAsync(
        Action<GrpcServerBuilder> services, GrpcServerOptions? options = null, GrpcChannelOptions? channel = null,
        HttpProtocols protocols = HttpProtocols.Http2, GrpcTls? tls = null, GrpcCors? cors = null, KestrelLimits? limits = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        options ??= new GrpcServerOptions();
        if (options.Drain is { } drain) builder.Services.AddSingleton<IHostedService>(drain);
        builder.WebHost.UseGuardedSockets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Tests that send requests as bytes make a connection for each.
            limits ??= KestrelLimits.Default with { MaxNewConnectionsPerSecond = KestrelLimits.MaxMaxNewConnectionsPerSecond };
            limits.Configure(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                limits.Guard(listen, tls);
            });
        });
        cors?.AddTo(builder.Services);
        WebApplication app = builder.Build();
        if (cors is not null) GrpcCors.Use(app);
        app.MapGrpc(options, services);
        await app.StartAsync();
        return new TestServer(app, channel);
    }

    /// <summary>Ends the server as its host does on SIGTERM.</summary>
    internal Task StopAsync() => _app.StopAsync();

    /// <summary>Sends a body as it is to a method, and gives the response with its trailers.</summary>
    internal async Task<RawResponse> PostAsync(
        string path, byte[] body, string contentType = "application/grpc", params (string Name, string Value)[] headers)
    {
        using var client = new HttpMessageInvoker(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", contentType);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await client.SendAsync(request, CancellationToken.None);
        byte[] content = await response.Content.ReadAsByteArrayAsync();
        return new RawResponse(
            response.StatusCode, content, Find("grpc-status"), Find("grpc-message"), Find("grpc-accept-encoding"), Find("grpc-encoding"));

        string? Find(string name) =>
            response.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values) || response.Headers.TryGetValues(name, out values)
                ? string.Join(",", values)
                : null;
    }

    /// <summary>A frame with a prefix of the test's choice.</summary>
    internal static byte[] Frame(byte flag, uint length, params byte[] message) =>
        [flag, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, .. message];

    /// <summary>A well-formed frame.</summary>
    internal static byte[] Frame(IMessage message) => Frame(0, (uint)message.CalculateSize(), message.ToByteArray());

    internal static SimpleRequest Request(int payload = 0, int replySize = 0) =>
        new() { ResponseSize = replySize, Payload = new Payload { Body = ByteString.CopyFrom(new byte[payload]) } };

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>What came back for a raw request.</summary>
internal sealed record RawResponse(
    HttpStatusCode Status, byte[] Body, string? GrpcStatus, string? GrpcMessage, string? AcceptEncoding, string? Encoding)
{
    internal GrpcStatusCode Code => (GrpcStatusCode)int.Parse(GrpcStatus ?? "-1", System.Globalization.CultureInfo.InvariantCulture);
}
