using System.Threading.Channels;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// A stream of writes into one collection: the fast way in. Batches are done in the order in which they are given, each
/// whole or not at all. A write waits only while as many batches are under way as the server allows. When the connection
/// breaks, the stream is opened again by the client's retry policy and goes on behind what the server has done; a batch is
/// never done twice. Under the name of a session that was used before, batches that were done then are passed over: so
/// whoever gives the same batches again, in a new process too, goes on where the first one was cut. One caller at a time.
/// </summary>
public sealed class IngestStream : IAsyncDisposable
{
    private readonly Transport _transport;
    private readonly string _collection;
    private readonly Action<ReplyContext?> _acknowledge;
    private readonly RequestContext _context;
    private readonly Durability _durability;
    private readonly bool _dropsRefusedRows;
    private readonly Lock _gate = new();
    private readonly LinkedList<IngestBatch> _open = new();
    private readonly SemaphoreSlim _room = new(0);
    private readonly Channel<bool> _added = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<ulong, long> _firstRows = [];
    private readonly List<RefusedBatch> _refused = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _running;
    private LinkedListNode<IngestBatch>? _next;
    private bool _isComplete;
    private bool _hasRoom;
    private HashSet<ulong> _lacking = [];
    private ulong _doneBefore;
    private ulong _sequence;
    private long _given;
    private long _points;

    internal IngestStream(
        Transport transport, string collection, string session, RequestContext context, Durability durability, bool dropsRefusedRows, Action<ReplyContext?> acknowledge)
    {
        (_transport, _collection, Session, _context, _durability, _acknowledge) = (transport, collection, session, context, durability, acknowledge);
        _dropsRefusedRows = dropsRefusedRows;
        _running = RunAsync();
    }

    /// <summary>The stream's name at the server.</summary>
    public string Session { get; }

    /// <summary>Connections that broke and were made again.</summary>
    public int Reconnections { get; private set; }

    /// <summary>Rows that the server has acknowledged so far, those passed over among them.</summary>
    public long AcknowledgedRows => Interlocked.Read(ref _points);

    /// <summary>Rows passed over because an earlier stream of this session had written them.</summary>
    public long PassedOverRows { get; private set; }

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
        await WriteAsync(ids, payloads, _ => vectors.Dimension * sizeof(float), (batch, rows) => batch.Vectors = vectors.Write(rows), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As with vectors, from features that the collection's model encodes.</summary>
    /// <param name="ids">One per row.</param>
    /// <param name="features">One per id, made by <see cref="ModelInput"/>.</param>
    /// <param name="payloads">None, or one per id.</param>
    /// <param name="cancellationToken">Ends the wait; batches taken before go on.</param>
    /// <exception cref="ArgumentException">There are not as many rows or payloads as ids.</exception>
    /// <exception cref="VectorSearchClientException">The stream has ended with a fault.</exception>
    public async Task WriteAsync(
        PointIds ids, IReadOnlyList<Features> features, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.Count != ids.Count) throw new ArgumentException($"{features.Count} features came, expected one for each of the {ids.Count} ids.", nameof(features));
        if (payloads is not null && payloads.Count != ids.Count) throw new ArgumentException($"{payloads.Count} payloads came, expected one for each of the {ids.Count} ids.", nameof(payloads));
        await WriteAsync(
            ids, payloads, row => features[row].CalculateSize(), (batch, rows) => batch.Features = new FeatureRows { Rows = { features.Take(rows) } }, cancellationToken).ConfigureAwait(false);
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

    private async Task WriteAsync(
        PointIds ids, IReadOnlyList<IReadOnlyDictionary<string, object?>?>? payloads, Func<int, int> sourceBytes, Action<IngestBatch, Range> writeSource, CancellationToken cancellationToken)
    {
        Payload[]? bodies = payloads?.Select(PayloadFields.Write).ToArray();
        foreach (Range rows in MessagePieces.Split(
            ids.Count, _transport.Options.MaxMessageBytes, row => ids.Bytes(row) + sourceBytes(row) + (bodies?[row].CalculateSize() ?? 0)))
        {
            IngestBatch batch = new() { Ids = ids.Write(rows) };
            writeSource(batch, rows);
            if (bodies is not null) batch.Payloads.AddRange(bodies[rows]);
            await AddAsync(batch, cancellationToken).ConfigureAwait(false);
        }
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
            _firstRows.Add(batch.Sequence, _given);
            _given += RowsOf(batch);
            if (batch.Sequence <= _doneBefore && !_lacking.Contains(batch.Sequence))
            {
                PassedOverRows += RowsOf(batch);
                Close(batch, RowsOf(batch));
                return;
            }

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
        IngestReply first = await StartAsync(call, ending).ConfigureAwait(false);
        Begin(first.Started);
        _acknowledge(first.Context);
        Task sending = SendAsync(call, ending.Token);
        try
        {
            while (await call.ReadAsync().ConfigureAwait(false) is { } reply)
            {
                Take(reply);
                if (reply.StepCase == IngestReply.StepOneofCase.Refused) await RefuseAsync(reply.Refused, ending.Token).ConfigureAwait(false);
                _acknowledge(reply.Context);
            }

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

    /// <summary>Opens the stream at the server, which may take as long as a call.</summary>
    private async Task<IngestReply> StartAsync(DuplexCall<IngestRequest, IngestReply> call, CancellationTokenSource ending)
    {
        IngestStart start = new() { Context = _context, Collection = _collection, Session = Session, Durability = _durability };
        ending.CancelAfter(_transport.Options.Timeout);
        try
        {
            await call.WriteAsync(new IngestRequest { Start = start }).ConfigureAwait(false);
            IngestReply first = await call.ReadAsync().ConfigureAwait(false) ?? throw new RpcException(GrpcStatusCode.Unavailable, "The stream ended before it began.");
            ending.CancelAfter(Timeout.InfiniteTimeSpan);

            // It came just as the time was over, and its stream has ended.
            ending.Token.ThrowIfCancellationRequested();
            return first;
        }
        catch (Exception late) when ((late is RpcException or OperationCanceledException) && ending.IsCancellationRequested && !_closing.IsCancellationRequested)
        {
            throw new RpcException(GrpcStatusCode.Unavailable, $"The server did not take the stream up within {_transport.Options.Timeout.TotalSeconds} s.", late);
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
            (_doneBefore, _lacking) = (started.AcknowledgedThrough, missing);
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
        if (reply.StepCase != IngestReply.StepOneofCase.Acknowledged) return;
        lock (_gate) Remove(batch => batch.Sequence <= reply.Acknowledged.Through, isDone: true);
    }

    /// <summary>
    /// Takes note of a batch that was refused. If only its wrong rows are to be dropped, the others are written now, under a
    /// request id of their own: nothing is read meanwhile, so no acknowledgement passes it by.
    /// </summary>
    private async Task RefuseAsync(IngestRefused refused, CancellationToken cancellationToken)
    {
        IngestBatch? batch;
        lock (_gate) batch = _open.FirstOrDefault(open => open.Sequence == refused.Sequence);
        if (batch is null) return;
        UpsertRequest? others = _dropsRefusedRows && RefusedRow.Of(refused.Field, refused.Message) is { } wrong ? await DropAsync(batch, refused, wrong, cancellationToken).ConfigureAwait(false) : null;
        lock (_gate)
        {
            if (others is null) _refused.Add(new RefusedBatch((GrpcStatusCode)refused.Code, refused.Message, _firstRows[batch.Sequence], batch.Ids));
            _open.Remove(batch);
            Close(batch, others is null ? 0 : PointIds.CountOf(others.Ids));
        }
    }

    private async Task<UpsertRequest> DropAsync(IngestBatch batch, IngestRefused refused, int wrong, CancellationToken cancellationToken)
    {
        RowDropper rows = new(batch, new UpsertRequest { Context = _context.Clone(), Collection = _collection, Durability = _durability });
        (GrpcStatusCode code, string message) = ((GrpcStatusCode)refused.Code, refused.Message);
        while (true)
        {
            (int row, IdColumn id) = rows.Drop(wrong);
            lock (_gate) _refused.Add(new RefusedBatch(code, message, _firstRows[batch.Sequence] + row, id));
            if (rows.Count == 0) return rows.Left;
            rows.Left.Context.RequestId = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Session}.{batch.Sequence}.{rows.Dropped}");
            try
            {
                UpsertReply reply = await _transport.UnaryAsync(Methods.Upsert, rows.Left, null, cancellationToken).ConfigureAwait(false);
                _acknowledge(reply.Context);
                return rows.Left;
            }
            catch (VectorSearchClientException more) when (RefusedRow.Of("", more.Message) is { } next && next < rows.Count)
            {
                (wrong, code, message) = (next, more.Code, more.Message);
            }
        }
    }

    /// <summary>The caller holds the lock.</summary>
    private void Remove(Func<IngestBatch, bool> over, bool isDone)
    {
        for (LinkedListNode<IngestBatch>? node = _open.First; node is not null;)
        {
            LinkedListNode<IngestBatch>? next = node.Next;
            if (over(node.Value))
            {
                _open.Remove(node);
                Close(node.Value, isDone ? RowsOf(node.Value) : 0);
            }

            node = next;
        }
    }

    /// <summary>A batch is over; the caller holds the lock.</summary>
    private void Close(IngestBatch batch, int done)
    {
        _points += done;
        _firstRows.Remove(batch.Sequence);
        _room.Release();
    }

    private static int RowsOf(IngestBatch batch) => PointIds.CountOf(batch.Ids);
}

/// <summary>What became of a stream of writes.</summary>
/// <param name="Rows">Rows of the batches that were done: ids written or asked to be deleted.</param>
/// <param name="Refused">Batches that were refused, each by itself.</param>
public sealed record IngestSummary(long Rows, IReadOnlyList<RefusedBatch> Refused);

/// <summary>A batch, or a row of one, that changed nothing because something in it is wrong.</summary>
public sealed class RefusedBatch
{
    internal RefusedBatch(GrpcStatusCode code, string message, long firstRow, IdColumn? ids) => (Code, Message, FirstRow, Ids) = (code, message, firstRow, PointIds.Read(ids));

    /// <summary>Why, as a status.</summary>
    public GrpcStatusCode Code { get; }

    /// <summary>Why, in words that name the field.</summary>
    public string Message { get; }

    /// <summary>How many rows were given to the stream before its first one.</summary>
    public long FirstRow { get; }

    /// <summary>The ids of its rows.</summary>
    public IReadOnlyList<PointId> Ids { get; }
}
