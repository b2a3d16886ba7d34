using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Other names of collections. Readers see one table or the next, never a mixture. The catalog serialises changes.
/// </summary>
internal sealed class AliasTable
{
    private readonly AliasFile _file;
    private readonly VectorSearchException? _damage;
    private volatile IReadOnlyDictionary<string, string> _aliases;

    /// <summary>Reads the file. If it is damaged, names that are no collections are answered with the damage.</summary>
    public AliasTable(string root, FileDurability disk, Action<CollectionEvent>? report)
    {
        string path = Path.Combine(root, AliasFile.FileName);
        _file = new AliasFile(path, disk);
        _aliases = new Dictionary<string, string>();
        try
        {
            _aliases = _file.Read();
        }
        catch (StorageException e)
        {
            _damage = StorageFaults.Translate("aliases", e);
            report?.Invoke(new CollectionEvent("", _damage.Message, true));
        }
    }

    /// <summary>Alias → collection.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/>.</exception>
    public IReadOnlyDictionary<string, string> All => _damage is null ? _aliases : throw new VectorSearchException(_damage.Code, _damage.Message, _damage);

    /// <summary>The collection that a name means: its alias's, or itself.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/>: what it means is not known.</exception>
    public string Resolve(string name) => All.TryGetValue(name, out string? collection) ? collection : name;

    /// <summary>The aliases of a collection, in ordinal order.</summary>
    public IReadOnlyList<string> Of(string collection) =>
        [.. _aliases.Where(pair => pair.Value == collection).Select(pair => pair.Key).Order(StringComparer.Ordinal)];

    /// <summary>Does all actions, in their order, or none.</summary>
    /// <exception cref="VectorSearchException">An action is wrong.</exception>
    /// <exception cref="StorageException">The disk refused.</exception>
    public void Update(IReadOnlyList<AliasAction> actions, Func<string, bool> isCollection)
    {
        Dictionary<string, string> next = new(All, StringComparer.Ordinal);
        if (!CollectionLimits.AliasActions.Allows(actions.Count))
            throw VectorSearchException.Invalid("actions", $"{actions.Count} actions", $"{CollectionLimits.AliasActions} actions");
        for (int i = 0; i < actions.Count; i++)
        {
            switch (actions[i])
            {
                case AliasAction.Set set:
                    CollectionDefinitionValidator.CheckName(set.Alias, $"actions[{i}].set.name");
                    if (isCollection(set.Alias)) throw new VectorSearchException(ErrorCode.AlreadyExists, $"actions[{i}].set.name: '{set.Alias}' is a collection.");
                    if (!isCollection(set.Collection))
                        throw new VectorSearchException(ErrorCode.NotFound, $"actions[{i}].set.collection: there is no collection '{set.Collection}'.");
                    next[set.Alias] = set.Collection;
                    break;
                case AliasAction.Remove remove:
                    if (!next.Remove(remove.Alias)) throw new VectorSearchException(ErrorCode.NotFound, $"actions[{i}].remove: there is no alias '{remove.Alias}'.");
                    break;
            }
        }

        if (next.Count > CollectionLimits.Aliases.Max)
            throw new VectorSearchException(ErrorCode.ResourceExhausted, "actions", $"{next.Count} aliases", $"at most {CollectionLimits.Aliases.Max}");
        _file.Write(next);
        _aliases = next;
    }
}
