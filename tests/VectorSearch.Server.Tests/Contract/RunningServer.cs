using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;
using VectorSearch.Testing;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>A real server on free ports over an empty data directory, with a client and a bare channel.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    public const string Space = "client:test@1";

    private readonly TempDirectory _directory = new();
    private VectorSearchServer? _server;

    public string DataDirectory => _directory.Path;

    public Uri HttpAddress => _server!.HttpAddress;

    public Uri GrpcAddress => _server!.GrpcAddress;

    public VectorSearchClient Client { get; private set; } = null!;

    public GrpcChannel Channel { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        _server = await VectorSearchServer.StartAsync(new ServerOptions { DataDirectory = _directory.Path, GrpcPort = 0, HttpPort = 0 });
        Client = new VectorSearchClient(_server.GrpcAddress, new VectorSearchClientOptions { Retry = RetryPolicy.None });
        Channel = new GrpcChannel(_server.GrpcAddress);
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        Channel.Dispose();
        await _server!.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>A new collection of two-dimensional vectors.</summary>
    public Task<Collection> CreateAsync(string name, Metric metric = Metric.SquaredEuclidean, string space = Space) => Client.Collections.CreateAsync(
        new Collection { Name = name, Dimension = 2, Metric = metric, SpaceId = space, IdKind = IdKind.Number });

    /// <summary>A model of eight films in two camps, put on the server, with the collection of its question.</summary>
    public async Task<(LearnedModel Model, Collection Collection)> PutModelAsync(string collection, string questionName, ItemFeatures? features = null)
    {
        string watched = _directory.Combine(collection + ".tsv"), file = _directory.Combine(collection + ".vsmodel");
        await File.WriteAllLinesAsync(watched, Enumerable.Range(0, 20).SelectMany(user => Enumerable.Range(0, 3).Select(i => $"u{user} {(4 * (user % 2)) + ((user + i) % 4)}")));
        LearnedModel model = IalsLearner.Train(InteractionReader.Read(watched, new InteractionReadOptions { TextIds = true }), new IalsOptions { Dimension = 4, Threads = 1 });
        if (features is not null) model = FeatureMap.AddTo(model, features);
        ModelFile.Save(model, file);
        Model stored = await Client.Models.PutAsync(file);
        ModelQuestion question = model.Question(questionName);
        Collection created = await Client.Collections.CreateAsync(new Collection
        {
            Name = collection, Dimension = (uint)question.Dimension, Metric = (Metric)(int)question.Metric, SpaceId = question.Space.ToString(),
            IdKind = IdKind.Number, Model = stored.Digest, Question = questionName,
        });
        return (model, created);
    }
}
