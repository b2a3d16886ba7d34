using System.Text.Json;
using VectorSearch.Learn;
using VectorSearch.Server.Models;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Models service.</summary>
internal sealed class ModelsService(ModelStore store)
{
    public async Task<Proto.PutModelReply> PutAsync(IAsyncEnumerable<Proto.PutModelRequest> requests, CancellationToken cancellation) =>
        new() { Context = new Proto.ReplyContext(), Model = Write(await store.PutAsync(Chunks(requests), cancellation)) };

    public Proto.GetModelReply Get(Proto.GetModelRequest request) =>
        new() { Context = new Proto.ReplyContext(), Model = Write(store.Get(request.Digest)) };

    public Proto.ListModelsReply List() =>
        new() { Context = new Proto.ReplyContext(), Models = { store.List().Select(Write) } };

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Chunks(IAsyncEnumerable<Proto.PutModelRequest> requests)
    {
        await foreach (Proto.PutModelRequest request in requests) yield return request.Chunk.Memory;
    }

    private static Proto.Model Write(StoredModel stored)
    {
        Proto.Model message = new()
        {
            Digest = stored.Digest,
            Kind = stored.Model.Learner,
            Card = JsonSerializer.Serialize(stored.Model.Card),
            Bytes = (ulong)stored.Bytes,
        };
        foreach (ModelQuestion question in stored.Model.Questions.Values.OrderBy(question => question.Name, StringComparer.Ordinal))
        {
            message.Questions.Add(new Proto.Question
            {
                Name = question.Name,
                SpaceId = question.Space.ToString(),
                Dimension = (uint)question.Dimension,
                Metric = (Proto.Metric)(int)question.Metric,
                Rows = (ulong)question.Items.Rows,
            });
        }

        return message;
    }
}
