using System.Collections.Concurrent;
using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// All collections below one directory, which one process holds at a time. Safe for use by many threads.
/// <para>
/// A collection is a directory <c>collections/NAME</c>. It is made aside and renamed into place, and renamed away before
/// it is deleted, so that at every moment it is there whole or not at all.
/// </para>
/// </summary>
public sealed class CollectionCatalog : IAsyncDisposable
{
    /// <summary>Name of the folder, below the root, that holds one folder per collection.</summary>
    public const string Folder = "collections";

    private readonly CatalogOptions _options;
    private readonly FileDurability _disk;
    private readonly DirectoryLock _held;
    private readonly MemoryBudget _budget;
    private readonly ConcurrentDictionary<string, Collection> _collections = new(StringComparer.Ordinal);
    private readonly AliasTable _aliases;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private bool _isClosed;

    private CollectionCatalog(string root, CatalogOptions options, FileDurability disk, DirectoryLock held)
    {
        Root = root;
        _options = options;
        _disk = disk;
        _held = held;
        _budget = new MemoryBudget(options.MemoryBudgetBytes);
        _aliases = new AliasTable(root, disk, options.OnEvent);
    }

    /// <summary>The directory.</summary>
    public string Root { get; }

    /// <summary>
    /// Opens the directory, which is made if it is missing, and recovers every collection in it. A damaged collection is
    /// listed with its damage; the others serve.
    /// </summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.FailedPrecondition"/> if another process holds the directory, <see cref="ErrorCode.InvalidArgument"/>
    /// if an option is wrong.
    /// </exception>
    public static async Task<CollectionCatalog> OpenAsync(string root, CatalogOptions options, CancellationToken cancellation = default)
    {
        if (options.Validate() is { Count: > 0 } faults) throw new VectorSearchException(ErrorCode.InvalidArgument, string.Join(" ", faults));
        root = Path.GetFullPath(root);
        FileDurability disk = new(options.Fault);
        CollectionCatalog catalog;
        try
        {
            disk.CreateDirectory(root);
            catalog = new CollectionCatalog(root, options, disk, DirectoryLock.Take(root));
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(root, e);
        }

        try
        {
            await catalog.RecoverAsync(cancellation).ConfigureAwait(false);
            return catalog;
        }
        catch (StorageException e)
        {
            await catalog.DisposeAsync().ConfigureAwait(false);
            throw StorageFaults.Translate(root, e);
        }
        catch
        {
            await catalog.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a collection; when the task ends it survives a crash.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.AlreadyExists"/>, <see cref="ErrorCode.InvalidArgument"/> naming every wrong field, or
    /// <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task<Collection> CreateAsync(CollectionDefinition definition, CancellationToken cancellation = default)
    {
        CollectionDefinitionValidator.Check(definition);
        await _changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            if (_collections.ContainsKey(definition.Name)) throw new VectorSearchException(ErrorCode.AlreadyExists, $"The collection '{definition.Name}' exists.");
            ThrowIfAlias(definition.Name);
            if (_collections.Count >= CollectionLimits.Collections.Max)
                throw new VectorSearchException(ErrorCode.ResourceExhausted, "collections", $"{_collections.Count + 1}", $"at most {CollectionLimits.Collections.Max}");
            CollectionFiles aside = new(PathOf(CatalogLeftover.NewPrefix + Guid.NewGuid().ToString("N")), _disk);
            aside.Create(definition, Manifest.Of(new ManifestGeneration(1, (byte)GenerationState.Serving, 1, 0, 0, ""), 0, 0));
            _disk.Rename(aside.Directory, PathOf(definition.Name));
            return Serve(definition.Name);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(definition.Name, e);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The collection of this name or alias.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>, with the nearest names; <see cref="ErrorCode.Damaged"/> if the name is no
    /// collection's and the aliases cannot be read.
    /// </exception>
    public Collection Get(string name) =>
        _collections.TryGetValue(name, out Collection? collection) || _collections.TryGetValue(_aliases.Resolve(name), out collection)
            ? collection
            : throw Missing(name);

    /// <summary>Alias → name of the collection that it means.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> if the aliases cannot be read.</exception>
    public IReadOnlyDictionary<string, string> Aliases => _aliases.All;

    /// <summary>The aliases of a collection, in ordinal order; none if they cannot be read.</summary>
    public IReadOnlyList<string> AliasesOf(string collection) => _aliases.Of(collection);

    /// <summary>
    /// Does all actions, in their order, or none. When the task ends they survive a crash, and every later call meets all
    /// of them.
    /// </summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.AlreadyExists"/> or <see cref="ErrorCode.InvalidArgument"/>
    /// naming the action, <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task UpdateAliasesAsync(IReadOnlyList<AliasAction> actions, CancellationToken cancellation = default)
    {
        await _changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            _aliases.Update(actions, _collections.ContainsKey);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate("aliases", e);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>All collections, damaged ones included, in ordinal order of their names.</summary>
    public IReadOnlyList<Collection> List() => [.. _collections.Values.OrderBy(collection => collection.Name, StringComparer.Ordinal)];

    /// <summary>Changes what may change about a collection; when the task ends it holds for every later call, also after a crash.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>, with the nearest names (an alias is none of them);
    /// <see cref="ErrorCode.InvalidArgument"/> naming the field; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task<Collection> UpdateAsync(string name, CollectionChanges changes, CancellationToken cancellation = default)
    {
        await _changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            if (!_collections.TryGetValue(name, out Collection? collection)) throw Missing(name);
            collection.Update(Files(name), changes);
            return collection;
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(name, e);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Removes a collection and its files; when the task ends the removal survives a crash.</summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>, with the nearest names (an alias is none of them);
    /// <see cref="ErrorCode.FailedPrecondition"/> while an alias means it; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task DeleteAsync(string name, CancellationToken cancellation = default)
    {
        await _changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            if (!_collections.TryGetValue(name, out Collection? collection)) throw Missing(name);
            if (_aliases.Of(name) is [string alias, ..])
                throw new VectorSearchException(ErrorCode.FailedPrecondition, $"name: the alias '{alias}' means '{name}'. Move or remove it first.");
            await collection.CloseAsync().ConfigureAwait(false);
            string trash = PathOf(CatalogLeftover.TrashPrefix + Guid.NewGuid().ToString("N"));
            try
            {
                // What a replacement that the disk refused has left would take the place of the collection at the next start.
                _disk.Delete(PathOf(CatalogLeftover.ReadyPrefix + name));
                _disk.Rename(PathOf(name), trash);
            }
            catch (StorageException)
            {
                // It is still there, so it serves on.
                Serve(name);
                throw;
            }

            _collections.TryRemove(name, out _);
            _disk.Delete(trash);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(name, e);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Takes a snapshot of a collection and copies it into a new folder, which is there whole or not at all.</summary>
    /// <param name="name">Which collection.</param>
    /// <param name="directory">The folder to make.</param>
    /// <param name="cancellation">Gives up before the copy.</param>
    /// <returns>Newest log sequence number that the backup holds.</returns>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.AlreadyExists"/> if the folder exists,
    /// <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task<ulong> BackupAsync(string name, string directory, CancellationToken cancellation = default)
    {
        directory = Path.GetFullPath(directory);
        if (Directory.Exists(directory) || File.Exists(directory)) throw new VectorSearchException(ErrorCode.AlreadyExists, $"'{directory}' exists.");
        Collection collection = Get(name);
        try
        {
            return await collection.BackupAsync(Files(collection.Name), _aliases.Of(collection.Name), directory, cancellation).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(name, e);
        }
    }

    /// <summary>
    /// Makes a collection from a backup, or replaces one. The backup is verified whole before anything is touched, and
    /// copied beside what it replaces. Of the aliases that the collection had, those that are free mean it again.
    /// </summary>
    /// <param name="directory">The backup.</param>
    /// <param name="name">Name of the collection; may be another than that of the backup.</param>
    /// <param name="replace">Whether a collection of this name is replaced; its points are then gone.</param>
    /// <param name="cancellation">Gives up before the first change.</param>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.Damaged"/> naming file and offset, <see cref="ErrorCode.AlreadyExists"/>,
    /// <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public async Task<Collection> RestoreAsync(string directory, string name, bool replace, CancellationToken cancellation = default)
    {
        await _changing.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ThrowIfClosed();
            bool exists = _collections.TryGetValue(name, out Collection? old);
            ThrowIfAlias(name);
            CollectionDefinitionValidator.CheckName(name, "name");
            if (exists && !replace) throw new VectorSearchException(ErrorCode.AlreadyExists, $"The collection '{name}' exists.");
            string aside = PathOf(CatalogLeftover.NewPrefix + Guid.NewGuid().ToString("N"));
            cancellation.ThrowIfCancellationRequested();
            await BackgroundThread.Run(() => CollectionBackup.Restore(Path.GetFullPath(directory), new CollectionFiles(aside, _disk), name))
                .ConfigureAwait(false);
            string trash = PathOf(CatalogLeftover.TrashPrefix + Guid.NewGuid().ToString("N"));
            if (exists) await ReplaceAsync(old!, aside, trash).ConfigureAwait(false);
            else _disk.Rename(aside, PathOf(name));
            Collection restored = Serve(name);
            _disk.Delete(trash);
            RestoreAliases(directory, name);
            return restored;
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(name, e);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ends writes, commits what is open and lets go of the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isClosed) return;
            _isClosed = true;
            await Task.WhenAll(_collections.Values.Select(collection => collection.CloseAsync().AsTask())).ConfigureAwait(false);
            _held.Dispose();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Directories of the collections below a root, in ordinal order.</summary>
    internal static IReadOnlyList<string> Directories(string root)
    {
        string folder = Path.Combine(root, Folder);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateDirectories(folder).Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal)];
    }

    private async Task RecoverAsync(CancellationToken cancellation)
    {
        string folder = Path.Combine(Root, Folder);
        _disk.CreateDirectory(folder);
        foreach (CatalogLeftover leftover in CatalogLeftover.Find(folder)) leftover.Finish(_disk);
        foreach (string path in Directories(Root)) _collections[Path.GetFileName(path)] = new Collection(Path.GetFileName(path));
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _options.RecoveryThreads, CancellationToken = cancellation };
        await Task.Run(
            () => Parallel.ForEach(_collections.Values, parallel, collection => collection.Recover(Files(collection.Name), _options, _budget)),
            cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Puts a whole collection in the place of another. What is ready bears the other's name, so that a start after a kill
    /// between the two renames goes on with the second: at every moment there is the old one or the new one.
    /// </summary>
    private async Task ReplaceAsync(Collection old, string aside, string trash)
    {
        string place = PathOf(old.Name), ready = PathOf(CatalogLeftover.ReadyPrefix + old.Name);
        _disk.Delete(ready);
        _disk.Rename(aside, ready);
        await old.CloseAsync().ConfigureAwait(false);
        try
        {
            _disk.Rename(place, trash);
            _disk.Rename(ready, place);
        }
        catch (StorageException)
        {
            // What was there serves on; if the disk does not even allow that, the next start finishes the exchange.
            if (!Directory.Exists(place)) _disk.Rename(trash, place);
            Serve(old.Name);
            _disk.Delete(ready);
            throw;
        }
    }

    private Collection Serve(string name)
    {
        Collection collection = new(name);
        collection.Recover(Files(name), _options, _budget);
        _collections[name] = collection;
        return collection;
    }

    private void RestoreAliases(string backup, string name)
    {
        Dictionary<string, string> kept = new AliasFile(Path.Combine(backup, AliasFile.FileName), _disk).Read();
        AliasAction[] free = [.. kept.Keys
            .Where(alias => !_collections.ContainsKey(alias) && !_aliases.All.ContainsKey(alias))
            .Select(alias => new AliasAction.Set(alias, name))];
        if (free.Length > 0) _aliases.Update(free, _collections.ContainsKey);
    }

    private void ThrowIfAlias(string name)
    {
        if (_aliases.All.TryGetValue(name, out string? collection))
            throw new VectorSearchException(ErrorCode.AlreadyExists, $"name: '{name}' is an alias of '{collection}'.");
    }

    private CollectionFiles Files(string name) => new(PathOf(name), _disk);

    private string PathOf(string name) => Path.Combine(Root, Folder, name);

    private void ThrowIfClosed()
    {
        if (_isClosed) throw new VectorSearchException(ErrorCode.Unavailable, "The catalog is closed.");
    }

    private VectorSearchException Missing(string name) =>
        new(ErrorCode.NotFound, $"There is no collection '{name}'.{NearNames.Suggest(name, _collections.Keys.Concat(_aliases.All.Keys))}");
}
