using VectorSearch.Collections;
using VectorSearch.Server.Models;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Collections service.</summary>
internal sealed class CollectionsService(CollectionCatalog catalog, ModelStore models)
{
    public async Task<Proto.CreateCollectionReply> CreateAsync(Proto.CreateCollectionRequest request, CancellationToken cancellation)
    {
        CollectionDefinition definition = CollectionMessages.Read(request.Collection);
        if (definition.Model.Length > 0) models.RequireQuestion(definition);
        Collection collection = await catalog.CreateAsync(definition, cancellation);
        return new Proto.CreateCollectionReply { Context = Contexts.Reply(collection), Collection = CollectionMessages.Write(collection) };
    }

    public Proto.GetCollectionReply Get(Proto.GetCollectionRequest request)
    {
        Collection collection = catalog.Get(request.Name);
        return new Proto.GetCollectionReply { Context = Contexts.Reply(collection), Collection = CollectionMessages.Write(collection) };
    }

    public Proto.ListCollectionsReply List() =>
        new() { Context = new Proto.ReplyContext(), Collections = { catalog.List().Select(CollectionMessages.Write) } };

    public async Task<Proto.DeleteCollectionReply> DeleteAsync(Proto.DeleteCollectionRequest request, CancellationToken cancellation)
    {
        await catalog.DeleteAsync(request.Name, cancellation);
        return new Proto.DeleteCollectionReply { Context = new Proto.ReplyContext() };
    }
}
