using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Server.Models;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Collections service.</summary>
internal sealed class CollectionsService(CollectionCatalog catalog, ModelStore models, OperationRegistry operations)
{
    private const string DurabilityPath = "durability";
    private const string EfPath = "hnsw.ef";

    public async Task<Proto.CreateCollectionReply> CreateAsync(Proto.CreateCollectionRequest request, CancellationToken cancellation)
    {
        CollectionDefinition definition = CollectionMessages.Read(request.Collection);
        using ModelStore.Use use = await models.KeepAsync(cancellation);
        if (definition.Model.Length > 0) models.RequireQuestion(definition);
        Collection collection = await catalog.CreateAsync(definition, cancellation);
        return new Proto.CreateCollectionReply { Context = Contexts.Reply(collection), Collection = Write(collection) };
    }

    public Proto.GetCollectionReply Get(Proto.GetCollectionRequest request)
    {
        Collection collection = catalog.Get(request.Name);
        return new Proto.GetCollectionReply { Context = Contexts.Reply(collection), Collection = Write(collection) };
    }

    public Proto.ListCollectionsReply List() =>
        new() { Context = new Proto.ReplyContext(), Collections = { catalog.List().Select(Write) } };

    public async Task<Proto.UpdateCollectionReply> UpdateAsync(Proto.UpdateCollectionRequest request, CancellationToken cancellation)
    {
        Proto.Collection wanted = request.Collection ?? throw Invalid("collection", "nothing", "a collection's name and its new values");
        if (request.UpdateMask is not { Paths.Count: > 0 } mask) throw Invalid("update_mask", "nothing", $"one or more of {DurabilityPath}, {EfPath}");
        foreach (string path in mask.Paths)
        {
            if (path is not (DurabilityPath or EfPath)) throw Invalid("update_mask", $"'{path}'", $"one or more of {DurabilityPath}, {EfPath}: the rest is fixed at creation");
        }

        int? ef = mask.Paths.Contains(EfPath) ? wanted.Hnsw is { Ef: > 0 } hnsw ? QueryMessages.Clamp(hnsw.Ef) : (int)CollectionLimits.Ef.Default : null;
        Durability? durability = mask.Paths.Contains(DurabilityPath) ? Durabilities.Read(wanted.Durability) ?? Durability.Committed : null;
        Collection collection = await catalog.UpdateAsync(wanted.Name, new CollectionChanges { Ef = ef, Durability = durability }, cancellation);
        return new Proto.UpdateCollectionReply { Context = Contexts.Reply(collection), Collection = Write(collection) };
    }

    public async Task<Proto.DeleteCollectionReply> DeleteAsync(Proto.DeleteCollectionRequest request, CancellationToken cancellation)
    {
        await catalog.DeleteAsync(request.Name, cancellation);
        return new Proto.DeleteCollectionReply { Context = new Proto.ReplyContext() };
    }

    public Proto.GetStatisticsReply Statistics(Proto.GetStatisticsRequest request)
    {
        Collection collection = catalog.Get(request.Name);
        return new Proto.GetStatisticsReply { Context = Contexts.Reply(collection), Statistics = CollectionMessages.Write(collection.Statistics) };
    }

    public Proto.SnapshotCollectionReply Snapshot(Proto.SnapshotCollectionRequest request)
    {
        Collection collection = catalog.Get(request.Name);
        Operation operation = operations.Start("snapshot", collection.Name, async (progress, cancellation) =>
        {
            progress.Report(new OperationProgress("writing", 0, 0));
            return new OperationResult.Snapshot(await collection.SnapshotAsync(cancellation));
        });
        return new Proto.SnapshotCollectionReply { Context = Contexts.Reply(collection), Operation = OperationMessages.Write(operation) };
    }

    public async Task<Proto.UpdateAliasesReply> UpdateAliasesAsync(Proto.UpdateAliasesRequest request, CancellationToken cancellation)
    {
        await catalog.UpdateAliasesAsync([.. request.Actions.Select(Read)], cancellation);
        return new Proto.UpdateAliasesReply { Context = new Proto.ReplyContext(), Aliases = { Aliases("") } };
    }

    public Proto.ListAliasesReply ListAliases(Proto.ListAliasesRequest request) =>
        new() { Context = new Proto.ReplyContext(), Aliases = { Aliases(request.Collection.Length == 0 ? "" : catalog.Get(request.Collection).Name) } };

    private static AliasAction Read(Proto.AliasAction action, int index) => action.KindCase switch
    {
        Proto.AliasAction.KindOneofCase.Set => new AliasAction.Set(action.Set.Name, action.Set.Collection),
        Proto.AliasAction.KindOneofCase.Remove => new AliasAction.Remove(action.Remove),
        _ => throw Invalid(string.Create(CultureInfo.InvariantCulture, $"actions[{index}]"), "an action without a kind", "one of set, remove"),
    };

    private IEnumerable<Proto.Alias> Aliases(string collection) => catalog.Aliases
        .Where(alias => collection.Length == 0 || alias.Value == collection)
        .OrderBy(alias => alias.Key, StringComparer.Ordinal)
        .Select(alias => new Proto.Alias { Name = alias.Key, Collection = alias.Value });

    private Proto.Collection Write(Collection collection)
    {
        Proto.Collection message = CollectionMessages.Write(collection);
        message.Aliases.AddRange(catalog.AliasesOf(collection.Name));
        return message;
    }

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
