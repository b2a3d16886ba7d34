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
