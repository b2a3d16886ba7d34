using System.Text.Json;
using VectorSearch.Collections;
using VectorSearch.Server.Models;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Models service.</summary>
internal sealed class ModelsService(ModelStore store, CollectionCatalog catalog)
{
    public async Task<Proto.PutModelReply> PutAsync(IAsyncEnumerable<Proto.PutModelRequest> requests, CancellationToken cancellation) =>
        new() { Context = new Proto.ReplyContext(), Model = Write(await store.PutAsync(Chunks(requests), cancellation)) };

    public Proto.GetModelReply Get(Proto.GetModelRequest request) =>
        new() { Context = new Proto.ReplyContext(), Model = Write(store.Get(request.Digest)) };

    public Proto.ListModelsReply List() =>
        new() { Context = new Proto.ReplyContext(), Models = { store.List().Select(Write) } };

    public async Task<Proto.DeleteModelReply> DeleteAsync(Proto.DeleteModelRequest request, CancellationToken cancellation)
    {
        StoredModel stored = store.Get(request.Digest);
        using ModelStore.Use use = await store.KeepAsync(cancellation);
        if (store.NeededBy(stored.Digest) is { } waiting)
            throw new VectorSearchException(ErrorCode.FailedPrecondition, $"digest: collection '{waiting}' is being rebuilt with {stored.Digest}. Wait for the rebuild or cancel it first.");
        foreach (Collection collection in catalog.List())
        {
            // A damaged collection may need any model.
            if (collection.Status.State == CollectionState.Damaged)
                throw new VectorSearchException(ErrorCode.FailedPrecondition, $"digest: collection '{collection.Name}' is damaged, so that nobody knows whether it needs {stored.Digest}. Restore or delete it first.");
            if (collection.Definition.Model == stored.Digest)
                throw new VectorSearchException(ErrorCode.FailedPrecondition, $"digest: collection '{collection.Name}' makes its vectors with {stored.Digest}. Rebuild it with another model, or delete it, first.");
            if (collection.Generations.FirstOrDefault(one => one.Model == stored.Digest && one.State is not (GenerationState.Retired or GenerationState.Refused)) is { } other)
                throw new VectorSearchException(ErrorCode.FailedPrecondition, $"digest: generation {other.Number} of collection '{collection.Name}' makes its vectors with {stored.Digest}. Retire the generation first.");
        }

        store.Delete(stored);
        return new Proto.DeleteModelReply { Context = new Proto.ReplyContext() };
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Chunks(IAsyncEnumerable<Proto.PutModelRequest> requests)
    {
        await foreach (Proto.PutModelRequest request in requests) yield return request.Chunk.Memory;
    }

    private static Proto.Model Write(StoredModel stored)
    {
        Proto.Model message = new()
        {
            Digest = stored.Digest,
            Kind = stored.Kind,
            Card = JsonSerializer.Serialize(stored.Card),
            Bytes = (ulong)stored.Bytes,
        };
        foreach (StoredQuestion question in stored.Questions.Values.OrderBy(question => question.Name, StringComparer.Ordinal))
        {
            message.Questions.Add(new Proto.Question
            {
                Name = question.Name,
                SpaceId = question.Space.ToString(),
                Dimension = (uint)question.Dimension,
                Metric = (Proto.Metric)(int)question.Metric,
                Rows = (ulong)question.Rows,
            });
        }

        return message;
    }
}
