using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client.Tests;

/// <summary>A server on a free port whose Points methods are functions given by a test.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app, ConcurrentQueue<IMessage> calls)
    {
        _app = app;
        Calls = calls;
        Address = new Uri(app.Urls.First());
    }

    public Uri Address { get; }

    /// <summary>Every request, in order.</summary>
    public ConcurrentQueue<IMessage> Calls { get; }

    public static async Task<ScriptedServer> StartAsync(
        Func<CountRequest, ServerCall, Task<CountReply>>? count = null,
        Func<UpsertRequest, ServerCall, Task<UpsertReply>>? upsert = null,
        Func<QueryRequest, ServerCall, Task<QueryReply>>? query = null,
        Func<MessageStreamReader<IngestRequest>, MessageStreamWriter<IngestReply>, ServerCall, Task>? ingest = null)
    {
        ConcurrentQueue<IMessage> calls = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication app = builder.Build();
        app.MapGrpc(new GrpcServerOptions(), grpc => grpc.Service(PointsReflection.Descriptor.Services[0], service =>
        {
            if (count is not null) service.Unary("Count", Recorded(count, calls));
            if (upsert is not null) service.Unary("Upsert", Recorded(upsert, calls));
            if (query is not null) service.Unary("Query", Recorded(query, calls));
            if (ingest is not null) service.Duplex("Ingest", ingest);
        }));
        await app.StartAsync();
        return new ScriptedServer(app, calls);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Func<TRequest, ServerCall, Task<TReply>> Recorded<TRequest, TReply>(
        Func<TRequest, ServerCall, Task<TReply>> method, ConcurrentQueue<IMessage> calls) where TRequest : IMessage => (request, call) =>
    {
        calls.Enqueue(request);
        return method(request, call);
    };
}
