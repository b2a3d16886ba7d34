using Microsoft.Extensions.AI;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// A collection's model as an embedding generator: what it makes may be compared with the points of that collection. Each
/// embedding tells the model's digest, and under <see cref="SpaceIdProperty"/> the space it is in.
/// </summary>
/// <typeparam name="TInput">What is embedded.</typeparam>
public sealed class ModelEmbeddingGenerator<TInput> : IEmbeddingGenerator<TInput, Embedding<float>>
{
    /// <summary>Name of the property that has the space.</summary>
    public const string SpaceIdProperty = "space_id";

    private readonly ModelsClient _models;
    private readonly string _collection;
    private readonly Func<TInput, Features> _read;

    internal ModelEmbeddingGenerator(ModelsClient models, string collection, Func<TInput, Features> read) => (_models, _collection, _read) = (models, collection, read);

    /// <inheritdoc/>
    /// <exception cref="VectorSearchClientException">The server refuses: the collection has no model, or the model cannot make a vector of an input.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        (Vectors vectors, string space, string model) = await _models.EncodeWithModelAsync(_collection, values.Select(_read), cancellationToken).ConfigureAwait(false);
        return new GeneratedEmbeddings<Embedding<float>>(Enumerable.Range(0, vectors.Count).Select(row => new Embedding<float>(vectors[row].ToArray())
        {
            ModelId = model,
            CreatedAt = DateTimeOffset.UtcNow,
            AdditionalProperties = new AdditionalPropertiesDictionary { [SpaceIdProperty] = space },
        }));
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The client owns the connection.
    }
}
