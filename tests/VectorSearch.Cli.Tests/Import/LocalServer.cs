using VectorSearch.Client;
using VectorSearch.Protocol.V1;
using VectorSearch.Server;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.Import;

/// <summary>A server in this process over an empty directory, with a client. One for all tests of a class.</summary>
public sealed class LocalServer : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private VectorSearchServer? _server;

    public VectorSearchClient Client { get; private set; } = null!;

    public Uri Address => _server!.GrpcAddress;

    /// <summary>A file in a folder that goes with the server.</summary>
    public string File(string name) => _directory.Combine(name);

    public async Task InitializeAsync()
    {
        _server = await VectorSearchServer.StartAsync(new ServerOptions { DataDirectory = _directory.Combine("data"), GrpcPort = 0, HttpPort = 0 });
        Client = new VectorSearchClient(_server.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _server!.DisposeAsync();
        _directory.Dispose();
    }

    public Task<Collection> CreateAsync(string name, uint dimension = 2, Metric metric = Metric.SquaredEuclidean, IdKind ids = IdKind.Number) =>
        Client.Collections.CreateAsync(new Collection { Name = name, Dimension = dimension, Metric = metric, SpaceId = "client:test@1", IdKind = ids });
}
