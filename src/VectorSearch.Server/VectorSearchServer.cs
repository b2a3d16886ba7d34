using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VectorSearch.Collections;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Authorization;
using VectorSearch.Server.Bridges;
using VectorSearch.Server.Generations;
using VectorSearch.Server.Http;
using VectorSearch.Server.Metrics;
using VectorSearch.Server.Models;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Overload;
using VectorSearch.Server.Services;

namespace VectorSearch.Server;

/// <summary>
/// A running server: the collections and models of one data directory, answered over gRPC on one port and over HTTP on
/// another. Start it, use it, dispose it; it owns no signal and no console.
/// </summary>
public sealed class VectorSearchServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly CollectionCatalog _catalog;
    private readonly ModelStore _models;
    private readonly OperationRegistry _operations;

    private VectorSearchServer(
        WebApplication application, CollectionCatalog catalog, ModelStore models, OperationRegistry operations, Uri grpc, Uri http)
    {
        _models = models;
        _operations = operations;
        _application = application;
        _catalog = catalog;
        GrpcAddress = grpc;
        HttpAddress = http;
    }

    /// <summary>Where gRPC is answered.</summary>
    public Uri GrpcAddress { get; }

    /// <summary>Where everything else is answered.</summary>
    public Uri HttpAddress { get; }

    /// <summary>Opens the data directory, recovers what is in it, and listens.</summary>
    /// <param name="options">Validated options.</param>
    /// <param name="progress">Told how far recovery is.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="ServerConfigurationException">An option is wrong, or a port is in use.</exception>
    /// <exception cref="VectorSearchException">The data directory cannot be opened, for one because another process holds it.</exception>
    public static async Task<VectorSearchServer> StartAsync(ServerOptions options, IProgress<RecoveryProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } faults) throw new ServerConfigurationException(faults);

        CallerDirectory? callers = CallerDirectory.Open(options);
        ModelStore models = new(DataLayout.Models(options.DataDirectory));
        CatalogOptions catalogOptions = new()
        {
            Encoders = models,
            Progress = progress,
            SnapshotAfterLogBytes = (long)options.SnapshotAfterLogMegabytes << 20,
            OpenBridge = BridgeMap.Parse,
        };
        CollectionCatalog catalog = await CollectionCatalog.OpenAsync(options.DataDirectory, catalogOptions, cancellation);
        OperationJournal journal = new(DataLayout.Operations(options.DataDirectory), fault => Console.Error.WriteLine(fault.Message));
        OperationRegistry operations = new(TimeProvider.System, journal);
        BridgeDesk bridges = new(TimeProvider.System);
        WebApplication? application = null;
        try
        {
            models.Load();
            HealthRegistry health = new();
            application = Build(options, callers, catalog, models, operations, bridges, health);
            operations.Recover((interrupted, request) => RebuildWork.Again(interrupted, request, catalog, models, bridges));
            await RebuildWork.AbandonOrphansAsync(catalog, operations, cancellation);
            await application.StartAsync(cancellation);
            health.Set(HealthRegistry.Server, serving: true);
            (Uri grpc, Uri http) = Addresses(application, options);
            WriteReadyFile(options, grpc, http);
            return new VectorSearchServer(application, catalog, models, operations, grpc, http);
        }
        catch (Exception fault)
        {
            if (application is not null) await application.DisposeAsync();
            await operations.StopAsync();
            await catalog.DisposeAsync();
            await operations.DisposeAsync();
            models.Dispose();
            if (InUse(fault)) throw PortInUse(options, fault);
            if (fault is ArgumentException option) throw new ServerConfigurationException([option.Message], option);
            throw;
        }
    }

    /// <summary>Ends open calls within a grace, commits what is open and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        await _operations.StopAsync();
        await _catalog.DisposeAsync();
        await _operations.DisposeAsync();
        _models.Dispose();
    }

    private static WebApplication Build(
        ServerOptions options, CallerDirectory? callers, CollectionCatalog catalog, ModelStore models, OperationRegistry operations, BridgeDesk bridges, HealthRegistry health)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "vectorsearch" });
        builder.Configuration.Sources.Clear();
        builder.Services.AddSingleton<IHostLifetime, CallerOwnsLifetime>();
        Logging.Configure(builder.Logging, options);
        if (options.OtlpEndpoint.Length > 0)
            OpenTelemetryExport.Add(builder.Services, new Uri(options.OtlpEndpoint.TrimEnd('/') + "/"), TimeSpan.FromMilliseconds(options.OtlpIntervalMilliseconds));
        new GrpcCors { AllowedOrigins = options.CorsOrigins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) }.AddTo(builder.Services);
        GrpcTls? tls = options.TlsCertificateFile.Length == 0 ? null : new GrpcTls
        {
            CertificateFile = options.TlsCertificateFile,
            KeyFile = options.TlsKeyFile,
            ClientAuthorityFile = options.TlsClientAuthorityFile.Length == 0 ? null : options.TlsClientAuthorityFile,
        };
        builder.WebHost.UseGuardedSockets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            KestrelLimits limits = KestrelLimits.Default with
            {
                MaxControlFramesPerSecond = options.MaxControlFramesPerSecond, MaxNewConnectionsPerSecond = options.MaxNewConnectionsPerSecond,
            };
            limits.Configure(kestrel);
            IPAddress address = IPAddress.Parse(options.Bind);
            kestrel.Listen(address, options.GrpcPort, listen => Listen(listen, HttpProtocols.Http2, tls, limits));

            // Without TLS a port cannot tell HTTP/1.1 and HTTP/2 apart.
            kestrel.Listen(address, options.HttpPort, listen => Listen(listen, tls is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2, tls, limits));
        });
        builder.Services.AddSingleton(health).AddSingleton<GrpcDrain>().AddHostedService(services => services.GetRequiredService<GrpcDrain>());
        AdmissionQueues queues = new(options);
        builder.Services.AddSingleton(services => new Instrumentation(
            options, catalog, queues, new QueryService(catalog, bridges).QueryAsync, services.GetRequiredService<ILoggerFactory>()));
        WebApplication application = builder.Build();
        if (options.CorsOrigins.Length > 0) GrpcCors.Use(application);
        GrpcDrain drain = application.Services.GetRequiredService<GrpcDrain>();
        Instrumentation instruments = application.Services.GetRequiredService<Instrumentation>();
        CallGate gate = new(
            callers, callers is null ? null : new CallerQuotas(callers, TimeProvider.System), new ForcedFilter(new PointsService(catalog).ScrollAsync),
            name => catalog.Aliases.GetValueOrDefault(name, name), new RequestLimits(options), queues, instruments.Watch);
        application.MapGrpc(
            new GrpcServerOptions { MaxReceiveMessageSize = options.MaxMessageBytes, ExceptionMapper = StatusMapper.Map, Drain = drain, Interceptors = [gate], Inspector = gate },
            grpc => ServiceMap.Map(grpc.Health(health).Reflection(), catalog, models, operations, bridges));
        new StatusEndpoints(catalog, callers, instruments.Collector).Map(application);
        return application;
    }

    private static void Listen(ListenOptions port, HttpProtocols protocols, GrpcTls? tls, KestrelLimits limits)
    {
        port.Protocols = protocols;
        limits.Guard(port, tls);
    }

    /// <summary>The addresses Kestrel took, in the order of the two Listen calls; a port of 0 became a free one.</summary>
    private static (Uri Grpc, Uri Http) Addresses(WebApplication application, ServerOptions options)
    {
        Uri[] all = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address))];
        return (all[0], all[1]);
    }

    private static void WriteReadyFile(ServerOptions options, Uri grpc, Uri http)
    {
        if (options.ReadyFile.Length == 0) return;

        // Renamed into place: whoever waits for the file never reads half a line.
        string partial = options.ReadyFile + ".partial";
        File.WriteAllText(partial, JsonSerializer.Serialize(new { grpc_port = grpc.Port, http_port = http.Port, pid = Environment.ProcessId }) + "\n");
        File.Move(partial, options.ReadyFile, overwrite: true);
    }

    private static bool InUse(Exception fault)
    {
        for (Exception? inner = fault; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }) return true;
        }

        return false;
    }

    private static ServerConfigurationException PortInUse(ServerOptions options, Exception fault) =>
        new([$"{fault.Message} Stop the program that holds it (perhaps another vectorsearch serve), or choose others with --grpc-port and --http-port (now {options.GrpcPort} and {options.HttpPort}; 0 takes a free one)."], fault);

    /// <summary>Whoever started the server decides when it ends: Ctrl-C is the command's business.</summary>
    private sealed class CallerOwnsLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
