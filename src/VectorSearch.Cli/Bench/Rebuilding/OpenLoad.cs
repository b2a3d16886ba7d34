using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>A call that was answered: when it was due, how long that was before its answer, who answered and, to a query by a history, what.</summary>
internal readonly record struct Answered(long Due, long Ticks, ulong Generation, string Space, string[] History, ulong Top, float Score);

/// <summary>
/// Calls at their own pace, whether the ones before were answered or not, so that a server that stops for a moment is seen by
/// every call that was due meanwhile.
/// </summary>
internal sealed class OpenLoad : IAsyncDisposable
{
    private const int Channels = 4;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2), Between = TimeSpan.FromMilliseconds(200);
    private static readonly GrpcCallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");
    private static readonly GrpcMethod<UpsertRequest, UpsertReply> Upsert = new(PointsReflection.Descriptor.Services[0], "Upsert");
    private static readonly GrpcMethod<DeleteRequest, DeleteReply> Delete = new(PointsReflection.Descriptor.Services[0], "Delete");
    private static readonly GrpcMethod<UpdatePayloadRequest, UpdatePayloadReply> UpdatePayload = new(PointsReflection.Descriptor.Services[0], "UpdatePayload");

    private readonly GrpcChannel[] _channels;
    private readonly FilmCalls _calls;
    private readonly FilmGenerations _films;
    private readonly WriteLedger _ledger;
    private readonly Action<string> _say;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<Answered> _answered = new();
    private readonly ConcurrentQueue<Answered> _written = new();
    private readonly ConcurrentQueue<(ulong Generation, string Space)> _old = new();
    private readonly CallsUnderWay _underWay = new();
    private readonly List<Task> _loops = [];
    private long _made, _failed, _refusedOld;

    public OpenLoad(Uri server, FilmCalls calls, FilmGenerations films, WriteLedger ledger, Action<string> say)
    {
        _channels = [.. Enumerable.Range(0, Channels).Select(_ => new GrpcChannel(server))];
        (_calls, _films, _ledger, _say) = (calls, films, ledger, say);
    }

    /// <summary>Queries that were answered.</summary>
    public IReadOnlyCollection<Answered> Queries => _answered;

    /// <summary>Writes that were acknowledged.</summary>
    public IReadOnlyCollection<Answered> Writes => _written;

    /// <summary>Generation and space of every reply but those to queries.</summary>
    public IEnumerable<(ulong Generation, string Space)> Others => _old.Concat(_written.Select(write => (write.Generation, write.Space)));

    public long Made => Interlocked.Read(ref _made);

    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Calls of the client that still has the first model's vectors, which were refused.</summary>
    public long RefusedOldSpace => Interlocked.Read(ref _refusedOld);

    /// <summary>Begins.</summary>
    /// <param name="queriesPerSecond">Queries that are due each second.</param>
    /// <param name="writesPerSecond">Writes that are due each second.</param>
    /// <param name="seed">What is asked and written.</param>
    public void Start(int queriesPerSecond, int writesPerSecond, int seed)
    {
        _loops.Add(Task.Run(() => PaceAsync(queriesPerSecond, new Random(seed), QueryAsync)));
        _loops.Add(Task.Run(() => PaceAsync(writesPerSecond, new Random(seed + 1), WriteAsync)));
        _loops.Add(Task.Run(() => GoOnAskingOldAsync(new Random(seed + 2))));
    }

    /// <summary>Asks once with a vector of the first model, as the client does that goes on with them.</summary>
    public async Task AskOldAsync(Random random)
    {
        try
        {
            QueryReply reply = await _channels[0].UnaryAsync(Query, _calls.OldQuery(random, _films.Models[0]), Patient);
            _old.Enqueue((reply.Context.Generation, reply.Context.SpaceId));

            // Vectors of the first model, answered by another one: told as a reply of a generation that does not exist.
            if (reply.Context.SpaceId != _films.Models[0].Question(FilmGenerations.Question).Space.ToString()) _old.Enqueue((0, reply.Context.SpaceId));
        }
        catch (RpcException refused) when (refused.Code == GrpcStatusCode.FailedPrecondition)
        {
            Interlocked.Increment(ref _refusedOld);
        }
        catch (RpcException fault)
        {
            Blame("query of the old space", fault);
        }
    }

    /// <summary>Ends, when what is under way is answered.</summary>
    public async Task StopAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_loops);
        await _underWay.EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (GrpcChannel channel in _channels) channel.Dispose();
        _ending.Dispose();
    }

    private async Task PaceAsync(int perSecond, Random random, Func<Random, long, Task> call)
    {
        long began = Stopwatch.GetTimestamp(), count = 0;
        using PeriodicTimer timer = new(Tick);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                for (long now = Stopwatch.GetTimestamp(); began + (count * Stopwatch.Frequency / perSecond) <= now; count++)
                    _underWay.Add(call(random, began + (count * Stopwatch.Frequency / perSecond)));
            }
        }
        catch (OperationCanceledException)
        {
            return; // the load is over
        }
    }

    private async Task QueryAsync(Random random, long due)
    {
        QueryRequest request = _calls.Query(random, out string[] history);
        Interlocked.Increment(ref _made);
        try
        {
            QueryReply reply = await _channels[Made % Channels].UnaryAsync(Query, request, Patient);
            bool any = reply.Ids.Numbers.Count > 0;
            _answered.Enqueue(new Answered(
                due, Stopwatch.GetTimestamp() - due, reply.Context.Generation, reply.Context.SpaceId, history, any ? reply.Ids.Numbers[0] : 0, any ? reply.Scores[0] : 0));
        }
        catch (RpcException fault)
        {
            Blame("query", fault);
        }
    }

    private async Task WriteAsync(Random random, long due)
    {
        if (_calls.Write(random) is not { } write) return;
        GrpcChannel channel = _channels[Interlocked.Increment(ref _made) % Channels];
        try
        {
            ReplyContext context = await SendAsync(channel, write.Request);
            _written.Enqueue(new Answered(due, Stopwatch.GetTimestamp() - due, context.Generation, context.SpaceId, [], 0, 0));
            _ledger.Acknowledge(write.Point, write.Version);
        }
        catch (RpcException fault)
        {
            _ledger.Fail(write.Point);
            Blame("write", fault);
        }
    }

    private static async Task<ReplyContext> SendAsync(GrpcChannel channel, IMessage request) => request switch
    {
        UpsertRequest upsert => (await channel.UnaryAsync(Upsert, upsert, Patient)).Context,
        DeleteRequest delete => (await channel.UnaryAsync(Delete, delete, Patient)).Context,
        _ => (await channel.UnaryAsync(UpdatePayload, (UpdatePayloadRequest)request, Patient)).Context,
    };

    /// <summary>A client of its own that goes on with vectors of the first model: answered while that answers, refused from then on.</summary>
    private async Task GoOnAskingOldAsync(Random random)
    {
        using PeriodicTimer timer = new(Between);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token)) await AskOldAsync(random);
        }
        catch (OperationCanceledException)
        {
            return; // the load is over
        }
    }

    private void Blame(string what, RpcException fault)
    {
        if (Interlocked.Increment(ref _failed) <= 10) _say(string.Create(CultureInfo.InvariantCulture, $"a {what} failed: {fault.Code} {fault.Message}"));
    }
}
