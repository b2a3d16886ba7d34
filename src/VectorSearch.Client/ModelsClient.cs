using System.Runtime.CompilerServices;
using Google.Protobuf;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// The models of a server, as the messages of <c>protos/vectorsearch/v1/models.proto</c>. All methods throw
/// <see cref="VectorSearchClientException"/> where the server refuses.
/// </summary>
public sealed class ModelsClient
{
    private const int ChunkBytes = 1 << 20;

    private readonly Transport _transport;

    internal ModelsClient(Transport transport) => _transport = transport;

    /// <summary>Uploads a model file in pieces. The same model twice is no error.</summary>
    /// <param name="path">The model file.</param>
    /// <param name="timeout">For the whole call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Model> PutAsync(string path, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.ClientStreamAsync(Methods.PutModel, () => ReadAsync(path, cancellationToken), timeout, cancellationToken).ConfigureAwait(false)).Model;

    /// <summary>A model by its digest, <c>sha256:…</c>.</summary>
    public async Task<Model> GetAsync(string digest, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.GetModel, new() { Digest = digest }, timeout, cancellationToken).ConfigureAwait(false)).Model;

    /// <summary>Every model.</summary>
    public async Task<IReadOnlyList<Model>> ListAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.ListModels, new(), timeout, cancellationToken).ConfigureAwait(false)).Models;

    /// <summary>Deletes a model that no collection needs.</summary>
    public Task DeleteAsync(string digest, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _transport.UnaryAsync(Methods.DeleteModel, new() { Digest = digest }, timeout, cancellationToken);

    /// <summary>The vectors of features, as a collection's model makes them.</summary>
    /// <param name="collection">The collection, or an alias of it.</param>
    /// <param name="features">What to encode, made by <see cref="ModelInput"/>.</param>
    /// <param name="timeout">For the whole call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>One row each, and the space they are in.</returns>
    public async Task<(Vectors Vectors, string SpaceId)> EncodeAsync(
        string collection, IEnumerable<Features> features, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        (Vectors vectors, string space, _) = await EncodeWithModelAsync(collection, features, cancellationToken, timeout).ConfigureAwait(false);
        return (vectors, space);
    }

    /// <summary>A collection's model as an embedding generator over features.</summary>
    public ModelEmbeddingGenerator<Features> EmbeddingGenerator(string collection) => new(this, collection, features => features);

    /// <summary>A collection's model as an embedding generator over text.</summary>
    public ModelEmbeddingGenerator<string> TextEmbeddingGenerator(string collection) => new(this, collection, ModelInput.Text);

    internal async Task<(Vectors Vectors, string SpaceId, string Model)> EncodeWithModelAsync(
        string collection, IEnumerable<Features> features, CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        EncodeRequest request = new() { Collection = collection, Features = new FeatureRows { Rows = { features } } };
        EncodeReply reply = await _transport.UnaryAsync(Methods.Encode, request, timeout, cancellationToken).ConfigureAwait(false);
        return (Vectors.Read(reply.Vectors), reply.Context.SpaceId, reply.Model);
    }

    private static async IAsyncEnumerable<PutModelRequest> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            byte[] chunk = new byte[ChunkBytes];
            while (await file.ReadAtLeastAsync(chunk, ChunkBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) is > 0 and int read)
                yield return new PutModelRequest { Chunk = ByteString.CopyFrom(chunk, 0, read) };
        }
    }
}
