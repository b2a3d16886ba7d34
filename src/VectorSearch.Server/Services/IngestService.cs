using System.Globalization;
using System.Threading.Channels;
using VectorSearch.Collections;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Numerics;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>
/// The Ingest method of the Points service. One loop reads batches and begins their writes in order, another waits for
/// them in the same order and acknowledges; between the two stands a queue of bounded length, which is the flow control:
/// when it is full nothing more is read, and HTTP/2 makes the client wait.
/// </summary>
internal sealed class IngestService(CollectionCatalog catalog)
{
    /// <summary>Batches that may be under way.</summary>
    public const int MaxUnacknowledged = 64;

    /// <summary>Letters of a session's name.</summary>
    private const int MaxSessionLength = 96;

    /// <summary>Stands between a session and a batch's number in a request id; no session has it.</summary>
    private const char Separator = '#';

    private readonly record struct Begun(ulong Sequence, Task<WriteReceipt>? Done, Exception? Fault);

    public async Task IngestAsync(MessageStreamReader<Proto.IngestRequest> requests, MessageStreamWriter<Proto.IngestReply> replies, ServerCall call)
    {
        Proto.IngestStart start = (await requests.ReadAsync())?.Start ?? throw Invalid("step", "another message", "start, as the first message of the stream");
        Collection collection = catalog.Get(start.Collection);
        Contexts.RefuseOtherSpace(collection, start.Context);

        // What the vectors of this stream are of, to its end: the collection may come to answer in another space meanwhile.
        SpaceId space = Contexts.Space(start.Context) is { IsEmpty: false } named ? named : collection.Definition.Space;
        if (!IsSession(start.Session)) throw Invalid("start.session", $"'{start.Session}'", $"1 to {MaxSessionLength} letters, digits, '.', '_' and '-'");
        Durability? durability = Durabilities.Read(start.Durability);
        await Contexts.WaitAsync(collection, start.Context, call.CancellationToken);
        (ulong last, IReadOnlyList<ulong> missing) = await collection.SettledRequestsAsync(start.Session + Separator, 2 * MaxUnacknowledged, call.CancellationToken);
        Proto.IngestStarted started = new() { AcknowledgedThrough = last, MaxUnacknowledged = MaxUnacknowledged, Missing = { missing } };
        await replies.WriteAsync(new Proto.IngestReply { Context = Contexts.Reply(collection), Started = started });

        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(call.CancellationToken);
        Channel<Begun> begun = Channel.CreateBounded<Begun>(new BoundedChannelOptions(MaxUnacknowledged - 1) { SingleReader = true, SingleWriter = true });
        Task acknowledging = AcknowledgeAsync(collection, begun.Reader, replies, ending);
        try
        {
            await BeginAllAsync(collection, start, space, durability, last, requests, begun.Writer, ending.Token);
        }
        catch (OperationCanceledException) when (acknowledging.IsFaulted)
        {
            await acknowledging; // its fault is why nothing more was begun
        }
        finally
        {
            begun.Writer.TryComplete();
        }

        await acknowledging;
    }

    private static async Task BeginAllAsync(
        Collection collection, Proto.IngestStart start, SpaceId space, Durability? durability, ulong last, MessageStreamReader<Proto.IngestRequest> requests,
        ChannelWriter<Begun> begun, CancellationToken cancellation)
    {
        while (await requests.ReadAsync().AsTask().WaitAsync(cancellation) is { } request)
        {
            Proto.IngestBatch batch = request.Batch ?? throw Invalid("step", request.StepCase.ToString().ToLowerInvariant(), "batch, after the first message");
            if (batch.Sequence == 0 || batch.Sequence > last + 1)
                throw Invalid("batch.sequence", Text(batch.Sequence), last == 0 ? "1, for the first batch" : $"{Text(last + 1)}, or a number that was sent before");
            last = Math.Max(last, batch.Sequence);
            Begun write;
            try
            {
                write = new Begun(batch.Sequence, await BeginAsync(collection, start, space, batch, durability, cancellation), null);
            }
            catch (VectorSearchException fault)
            {
                write = new Begun(batch.Sequence, null, fault);
            }

            await begun.WriteAsync(write, cancellation);
        }
    }

    private static Task<Task<WriteReceipt>> BeginAsync(
        Collection collection, Proto.IngestStart start, SpaceId space, Proto.IngestBatch batch, Durability? durability, CancellationToken cancellation)
    {
        IReadOnlyList<PointId> ids = IdColumns.Read(batch.Ids, collection.Definition.IdKind, "batch.ids");
        string requestId = start.Session + Separator + Text(batch.Sequence);
        if (batch.SourceCase == Proto.IngestBatch.SourceOneofCase.Delete)
        {
            if (!batch.Delete) throw Invalid("batch.delete", "false", "true, or vectors or features");
            return collection.BeginDeleteAsync(new DeleteBatch { Ids = ids, RequestId = requestId, Durability = durability }, cancellation);
        }

        bool hasVectors = batch.SourceCase == Proto.IngestBatch.SourceOneofCase.Vectors;
        return collection.BeginUpsertAsync(
            new UpsertBatch
            {
                Ids = ids,
                Space = hasVectors ? space : default,
                Vectors = hasVectors ? Matrices.Read(batch.Vectors, collection.Definition.Dimension, "batch.vectors") : default(ReadOnlyMemory<float>),
                Features = batch.SourceCase == Proto.IngestBatch.SourceOneofCase.Features ? FeatureMessages.Read(batch.Features, "batch.features") : null,
                Payloads = PayloadMessages.Read(batch.Payloads, ids.Count),
                RequestId = requestId,
                Durability = durability,
            },
            cancellation);
    }

    private static async Task AcknowledgeAsync(
        Collection collection, ChannelReader<Begun> begun, MessageStreamWriter<Proto.IngestReply> replies, CancellationTokenSource ending)
    {
        try
        {
            ulong through = 0, points = 0;
            WriteReceipt? newest = null;
            await foreach (Begun write in begun.ReadAllAsync(ending.Token))
            {
                Exception? fault = write.Fault;
                try
                {
                    if (write.Done is not null)
                    {
                        // What is done is told before waiting for what is not.
                        if (!write.Done.IsCompleted) await FlushAsync();
                        newest = await write.Done;
                        points += (ulong)newest.Points;
                        through = Math.Max(through, write.Sequence);
                    }
                }
                catch (VectorSearchException refused)
                {
                    fault = refused;
                }

                if (fault is not null)
                {
                    await FlushAsync();
                    await RefuseAsync(write.Sequence, fault);
                }

                if (begun.Count == 0) await FlushAsync();
            }

            await FlushAsync();

            async ValueTask FlushAsync()
            {
                if (newest is null) return;
                Proto.IngestAcknowledged acknowledged = new() { Through = through, Points = points };
                await replies.WriteAsync(new Proto.IngestReply { Context = Contexts.Reply(newest.Space, newest.Generation, newest.Lsn), Acknowledged = acknowledged });
                (newest, points) = (null, 0);
            }
        }
        catch
        {
            await ending.CancelAsync(); // nothing more shall be begun
            throw;
        }

        async ValueTask RefuseAsync(ulong sequence, Exception fault)
        {
            Proto.Fault told = Faults.Write(fault);
            if ((GrpcStatusCode)told.Code is not (GrpcStatusCode.InvalidArgument or GrpcStatusCode.NotFound or GrpcStatusCode.FailedPrecondition)) throw fault;
            Proto.IngestRefused refused = new() { Sequence = sequence, Code = told.Code, Message = told.Message, Field = told.Field };
            await replies.WriteAsync(new Proto.IngestReply { Context = Contexts.Reply(collection), Refused = refused });
        }
    }

    private static bool IsSession(string session) =>
        session.Length is > 0 and <= MaxSessionLength && session.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
