using System.Collections.Concurrent;
using VectorSearch.Collections;
using VectorSearch.Learn;

namespace VectorSearch.Server.Models;

/// <summary>
/// The model files of a server, in one folder, each named by its digest. Models are immutable: a digest means one
/// content for ever, so what was loaded once stays loaded.
/// </summary>
internal sealed class ModelStore : IFeatureEncoderResolver, IDisposable
{
    /// <summary>Largest model file that may be uploaded, in bytes.</summary>
    public const long MaxModelBytes = 4L << 30;

    private const string Extension = ".vsmodel";
    private const string DigestPrefix = "sha256:";

    private readonly string _directory;
    private readonly ConcurrentDictionary<string, StoredModel> _models = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _keeping = new(1, 1);
    private readonly List<Need> _needs = [];

    /// <summary>A store that holds nothing yet: <see cref="Load()"/> comes once the data directory is known to be ours.</summary>
    public ModelStore(string directory) => _directory = directory;

    /// <summary>Makes the folder if it is missing, loads every model in it, and removes what a broken upload left.</summary>
    /// <exception cref="ModelFileException">A model is damaged; names file and offset.</exception>
    public void Load()
    {
        Directory.CreateDirectory(_directory);
        foreach (string partial in Directory.EnumerateFiles(_directory, "*.partial")) File.Delete(partial);
        foreach (string file in Directory.EnumerateFiles(_directory, "*" + Extension)) Load(file);
    }

    /// <summary>All models, in order of their digests.</summary>
    public IReadOnlyList<StoredModel> List() => [.. _models.Values.OrderBy(model => model.Digest, StringComparer.Ordinal)];

    /// <summary>The model of this digest.</summary>
    /// <exception cref="VectorSearchException">There is none.</exception>
    public StoredModel Get(string digest) =>
        _models.TryGetValue(digest, out StoredModel? model)
            ? model
            : throw new VectorSearchException(ErrorCode.NotFound, "model", $"'{digest}'", "the digest of a model that was put before: sha256:… as ListModels tells it");

    /// <inheritdoc/>
    public IFeatureEncoder? Resolve(string model, string question) =>
        _models.TryGetValue(model, out StoredModel? stored) && stored.Questions.TryGetValue(question, out StoredQuestion? found)
            ? found.Encoder
            : null;

    /// <summary>Checks that a collection's space, dimension and metric are those of the question that it names.</summary>
    /// <exception cref="VectorSearchException">The model or question is unknown, or one of the three differs.</exception>
    public void RequireQuestion(CollectionDefinition definition)
    {
        StoredModel model = Get(definition.Model);
        if (!model.Questions.TryGetValue(definition.Question, out StoredQuestion? question))
            throw new VectorSearchException(ErrorCode.InvalidArgument, "collection.question", $"'{definition.Question}'", $"one of {string.Join(", ", model.Questions.Keys.Order(StringComparer.Ordinal))}");
        if (definition.Space != question.Space)
            throw new VectorSearchException(ErrorCode.FailedPrecondition, "collection.space_id", definition.Space.ToString(), $"{question.Space}, the space of question '{question.Name}' of that model");
        if (definition.Dimension != question.Dimension || definition.Metric != question.Metric)
            throw new VectorSearchException(ErrorCode.InvalidArgument, "collection", $"dimension {definition.Dimension} and metric {definition.Metric}", $"{question.Dimension} and {question.Metric}, as question '{question.Name}' has them");
    }

    /// <summary>Keeps models from being deleted, and collections from being made with them, until the use is disposed.</summary>
    public async Task<Use> KeepAsync(CancellationToken cancellation)
    {
        await _keeping.WaitAsync(cancellation);
        return new Use(_keeping);
    }

    /// <summary>Keeps a model that is there from being deleted until the need is disposed.</summary>
    /// <param name="digest">The model; empty for none.</param>
    /// <param name="collection">Whose collection needs it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="VectorSearchException">There is no such model.</exception>
    public async Task<IDisposable> NeedAsync(string digest, string collection, CancellationToken cancellation)
    {
        using Use use = await KeepAsync(cancellation);
        if (digest.Length > 0) Get(digest);
        return Require(digest, collection);
    }

    /// <summary>As <see cref="NeedAsync"/>, before any model can be deleted, and whether the model is there or not.</summary>
    public IDisposable Require(string digest, string collection)
    {
        Need need = new(this, digest, collection);
        lock (_needs) _needs.Add(need);
        return need;
    }

    /// <summary>A collection that needs a model though none of its generations does yet; null if there is none.</summary>
    public string? NeededBy(string digest)
    {
        lock (_needs) return _needs.Find(need => need.Digest == digest)?.Collection;
    }

    /// <summary>Forgets a model that nobody needs; the caller keeps collections from being made with it.</summary>
    public void Delete(StoredModel stored)
    {
        if (_models.TryRemove(stored.Digest, out _)) File.Delete(Path.Combine(_directory, stored.Digest[DigestPrefix.Length..] + Extension));
    }

    /// <summary>Lets go of what the store waits with; nothing may use it any more.</summary>
    public void Dispose() => _keeping.Dispose();

    /// <summary>Keeps an uploaded model. The same model twice is no error.</summary>
    /// <param name="chunks">The bytes of a model file.</param>
    /// <param name="cancellation">Stops the upload; nothing is kept then.</param>
    /// <exception cref="VectorSearchException">The file is too large, or is not a whole, undamaged model file.</exception>
    public async Task<StoredModel> PutAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken cancellation)
    {
        string partial = Path.Combine(_directory, Guid.NewGuid().ToString("N") + ".partial");
        try
        {
            await WriteAsync(partial, chunks, cancellation);
            StoredModel stored = StoredModel.Read(partial, DigestPrefix);
            if (_models.TryAdd(stored.Digest, stored)) File.Move(partial, Path.Combine(_directory, stored.Digest[DigestPrefix.Length..] + Extension), overwrite: true);
            return _models[stored.Digest];
        }
        catch (ModelFileException damaged)
        {
            throw new VectorSearchException(ErrorCode.InvalidArgument, "chunk", $"a file damaged at section {damaged.Section}, offset {damaged.Offset}", "a whole model file as 'vectorsearch learn' writes it");
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>See <see cref="KeepAsync"/>.</summary>
    public readonly struct Use(SemaphoreSlim keeping) : IDisposable
    {
        public void Dispose() => keeping.Release();
    }

    private sealed class Need(ModelStore store, string digest, string collection) : IDisposable
    {
        public string Digest => digest;

        public string Collection => collection;

        public void Dispose()
        {
            lock (store._needs) store._needs.Remove(this);
        }
    }

    private static async Task WriteAsync(string path, IAsyncEnumerable<ReadOnlyMemory<byte>> chunks, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        await foreach (ReadOnlyMemory<byte> chunk in chunks.WithCancellation(cancellation))
        {
            if (file.Length + chunk.Length > MaxModelBytes)
                throw new VectorSearchException(ErrorCode.ResourceExhausted, "chunk", $"more than {MaxModelBytes} bytes", $"a model file of at most {MaxModelBytes} bytes");
            await file.WriteAsync(chunk, cancellation);
        }

        file.Flush(flushToDisk: true);
    }

    private void Load(string file)
    {
        StoredModel stored = StoredModel.Read(file, DigestPrefix);
        _models[stored.Digest] = stored;
    }
}
