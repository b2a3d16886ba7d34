using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Generations service.</summary>
internal sealed class GenerationsService(CollectionCatalog catalog)
{
    public Proto.GetGenerationReply Get(Proto.GetGenerationRequest request)
    {
        Collection collection = catalog.Get(request.Collection);
        Proto.Generation serving = Serving(collection);
        if (request.Number != 0 && request.Number != serving.Number)
            throw new VectorSearchException(ErrorCode.NotFound, "number", $"{request.Number}", $"{serving.Number}, the generation of '{collection.Name}'");
        return new Proto.GetGenerationReply { Context = Wire.Contexts.Reply(collection), Generation = serving };
    }

    public Proto.ListGenerationsReply List(Proto.ListGenerationsRequest request)
    {
        Collection collection = catalog.Get(request.Collection);
        return new Proto.ListGenerationsReply { Context = Wire.Contexts.Reply(collection), Generations = { Serving(collection) } };
    }

    private static Proto.Generation Serving(Collection collection)
    {
        CollectionDefinition definition = collection.Definition;
        CollectionStatus status = collection.Status;
        return new Proto.Generation
        {
            Collection = definition.Name,
            Number = status.Generation,
            State = Proto.Generation.Types.State.Serving,
            SpaceId = definition.Space.ToString(),
            Model = definition.Model,
            Question = definition.Question,
            Points = (ulong)status.Points,
        };
    }
}
