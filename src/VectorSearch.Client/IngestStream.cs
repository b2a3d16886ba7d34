using System.Threading.Channels;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// A stream of writes into one collection: the fast way in. Batches are done in the order in which they are given, each
/// whole or not at all. A write waits only while as many batches are under way as the server allows. When the connection
/// breaks, the stream is opened again by the client's retry policy and goes on behind what the server has done; a batch is
/// never done twice. One caller at a time.
/// </summary>
public sealed class IngestStream : IAsyncDisposable
{
    private readonly Transport _transport;
    private readonly string _collection;
    private readonly Action<ReplyContext?> _acknowledge;
    private readonly RequestContext _context;
    private readonly Durability _durability;
    private readonly Lock _gate = new();
    private readonly LinkedList<IngestBatch> _open = new();
    private readonly SemaphoreSlim _room = new(0);
    private readonly Channel<bool> _added = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<RefusedBatch> _refused = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private LinkedListNode<IngestBatch>? _next;
    private bool _isComplete;
    private bool _hasRoom;
    private ulong _sequence;
    private long _points;

    internal IngestStream(Transport transport, string collection, string session, RequestContext context, Durability durability, Action<ReplyContext?> acknowledge)
    {
        (_transport, _collection, Session, _context, _durability, _acknowledge) = (transport, collection, session, context, durability, acknowledge);
        _running = RunAsync();
    }

    /// <summary>The stream's name at the server.</summary>
    public string Session { get; }

    /// <summary>Connections that broke and were made again.</summary>
    public int Reconnections { get; private set; }

    /// <summary>Inserts or replaces points; more than fits in a message goes in several batches. Ends when the server's flow control has taken them.</summary>
    /// <param name="ids">One per row.</param>
    /// <param name="vectors">Rows of the collection's space and dimension.</param>
    /// <param name="payloads">None, or one per id.</param>
    /// <param name="cancellationToken">Ends the wait; batches taken before go on.</param>
    /// <exception cref="ArgumentException">There are not as many rows or payloads as ids.</exception>
    /// <exception cref="VectorSearchClientException">The stream has ended with a fault.</exception>
    public async Task WriteAsync(
        PointIds ids, Vectors vectors, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads = null, CancellationToken cancellationToken = default)
    {
        if (vectors.Count != ids.Count) throw new ArgumentException($"{vectors.Count} vectors came, expected one for each of the {ids.Count} ids.", nameof(vectors));
        if (payloads is not null && payloads.Count != ids.Count) throw new ArgumentException($"{payloads.Count} payloads came, expected one for each of the {ids.Count} ids.", nameof(payloads));
        Payload[]? bodies = payloads?.Select(PayloadFields.Write).ToArray();
        foreach (Range rows in MessagePieces.Split(
            ids.Count, _transport.Options.MaxMessageBytes, row => ids.Bytes(row) + (vectors.Dimension * sizeof(float)) + (bodies?[row].CalculateSize() ?? 0)))
        {
            IngestBatch batch = new() { Ids = ids.Write(rows), Vectors = vectors.Write(rows) };
            if (bodies is not null) batch.Payloads.AddRange(bodies[rows]);
            await AddAsync(batch, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes points, after the writes given before and before those given later.</summary>
    /// <exception cref="VectorSearchClientException">The stream has ended with a fault.</exception>
    public Task DeleteAsync(PointIds ids, CancellationToken cancellationToken = default) =>
        AddAsync(new IngestBatch { Ids = ids.Write(..), Delete = true }, cancellationToken);

    /// <summary>Waits until every batch is acknowledged or refused, and ends the stream.</summary>
    /// <exception cref="VectorSearchClientException">The stream has ended with a fault.</exception>
    public async Task<IngestSummary> CompleteAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate) _isComplete = true;
        _added.Writer.TryWrite(true);
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new IngestSummary(_points, _refused);
    }

    /// <summary>Ends the stream without waiting for what is under way, which the server may still do.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await ((Task)_running.ContinueWith(_ => { }, TaskScheduler.Default)).ConfigureAwait(false);
        _closing.Dispose();
        _room.Dispose();
    }

    private async Task AddAsync(IngestBatch batch, CancellationToken cancellationToken)
    {
        Task room = _room.WaitAsync(cancellationToken);
        await Task.WhenAny(room, _running).ConfigureAwait(false);
        if (_running.IsCompleted) await _running.ConfigureAwait(false);
        await room.ConfigureAwait(false);
        lock (_gate)
        {
            if (_isComplete) throw new InvalidOperationException("The stream was completed before.");
            batch.Sequence = ++_sequence;
            LinkedListNode<IngestBatch> node = _open.AddLast(batch);
            _next ??= node;
        }

        _added.Writer.TryWrite(true);
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        for (int attempt = 1; ; attempt++)
        {
            ulong before = _open.First?.Value.Sequence ?? 0;
            try
            {
                await ConnectAsync().ConfigureAwait(false);
                return;
            }
            catch (RpcException fault)
            {
                if ((_open.First?.Value.Sequence ?? 0) != before) attempt = 1; // there was progress
                TimeSpan? pause = _closing.IsCancellationRequested ? null : _transport.Options.Retry.PauseAfter(attempt, fault.Status);
                if (pause is not { } wait) throw new VectorSearchClientException(fault.Status, fault.Status.Message, fault);
                await Task.Delay(wait, _closing.Token).ConfigureAwait(false);
                Reconnections++;
            }
        }
    }

    private async Task ConnectAsync()
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        using DuplexCall<IngestRequest, IngestReply> call = _transport.Duplex(Methods.Ingest, ending.Token);
        IngestStart start = new() { Context = _context, Collection = _collection, Session = Session, Durability = _durability };
        await call.WriteAsync(new IngestRequest { Start = start }).ConfigureAwait(false);
        IngestReply first = await call.ReadAsync().ConfigureAwait(false) ?? throw new RpcException(GrpcStatusCode.Unavailable, "The stream ended before it began.");
        Begin(first.Started);
        _acknowledge(first.Context);
        Task sending = SendAsync(call, ending.Token);
        try
        {
            while (await call.ReadAsync().ConfigureAwait(false) is { } reply) Take(reply);
            await sending.ConfigureAwait(false);
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)sending.ContinueWith(_ => { }, TaskScheduler.Default)).ConfigureAwait(false);
        }

        lock (_gate)
        {
            if (_open.Count > 0 || !_isComplete) throw new RpcException(GrpcStatusCode.Unavailable, "The server ended the stream before everything was acknowledged.");
        }
    }

    private void Begin(IngestStarted started)
    {
        HashSet<ulong> missing = [.. started.Missing];
        lock (_gate)
        {
            // After a broken connection: what was done although its acknowledgement did not come.
            Remove(batch => batch.Sequence <= started.AcknowledgedThrough && !missing.Contains(batch.Sequence), isDone: true);
            _next = _open.First;
            if (_hasRoom) return;
            _hasRoom = true;
            _room.Release((int)Math.Max(1, started.MaxUnacknowledged));
        }
    }

    private async Task SendAsync(DuplexCall<IngestRequest, IngestReply> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            IngestBatch? batch;
            bool isLast;
            lock (_gate)
            {
                batch = _next?.Value;
                _next = _next?.Next;
                isLast = batch is null && _isComplete;
            }

            if (isLast)
            {
                call.Complete();
                return;
            }

            if (batch is null) await _added.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            else await call.WriteAsync(new IngestRequest { Batch = batch }).ConfigureAwait(false);
        }
    }

    private void Take(IngestReply reply)
    {
        lock (_gate)
        {
            switch (reply.StepCase)
            {
                case IngestReply.StepOneofCase.Acknowledged:
                    Remove(batch => batch.Sequence <= reply.Acknowledged.Through, isDone: true);
                    break;
                case IngestReply.StepOneofCase.Refused:
                    IngestRefused refused = reply.Refused;
                    _refused.Add(new RefusedBatch((GrpcStatusCode)refused.Code, refused.Message, _open.FirstOrDefault(batch => batch.Sequence == refused.Sequence)?.Ids));
                    Remove(batch => batch.Sequence == refused.Sequence, isDone: false);
                    break;
            }
        }

        _acknowledge(reply.Context);
    }

    private void Remove(Func<IngestBatch, bool> over, bool isDone)
    {
        for (LinkedListNode<IngestBatch>? node = _open.First; node is not null;)
        {
            LinkedListNode<IngestBatch>? next = node.Next;
            if (over(node.Value))
            {
                if (isDone) _points += node.Value.Ids.Numbers.Count + node.Value.Ids.Strings.Count;
                _open.Remove(node);
                _room.Release();
            }

            node = next;
        }
    }
}

/// <summary>What became of a stream of writes.</summary>
/// <param name="Rows">Rows of the batches that were done: ids written or asked to be deleted.</param>
/// <param name="Refused">Batches that were refused, each by itself.</param>
public sealed record IngestSummary(long Rows, IReadOnlyList<RefusedBatch> Refused);

/// <summary>A batch that changed nothing because something in it is wrong.</summary>
public sealed class RefusedBatch
{
    internal RefusedBatch(GrpcStatusCode code, string message, IdColumn? ids) => (Code, Message, Ids) = (code, message, PointIds.Read(ids));

    /// <summary>Why, as a status.</summary>
    public GrpcStatusCode Code { get; }

    /// <summary>Why, in words that name the field.</summary>
    public string Message { get; }

    /// <summary>The ids of its rows.</summary>
    public IReadOnlyList<PointId> Ids { get; }
}
