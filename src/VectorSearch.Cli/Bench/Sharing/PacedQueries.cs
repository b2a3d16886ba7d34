using System.Collections.Concurrent;
using System.Diagnostics;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Sharing;

/// <summary>A query that was answered: when it was due and how long after that its answer came.</summary>
internal readonly record struct PacedAnswer(long Due, long Ticks);

/// <summary>
/// Queries at even distances, each asked when it is due, whether the ones before were answered or not. A thread of its own
/// keeps the time: to a fraction of a millisecond, since queries take not much longer than that.
/// </summary>
internal sealed class PacedQueries : IAsyncDisposable
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(1);
    private static readonly GrpcCallOptions Patient = new() { Timeout = TimeSpan.FromSeconds(30) };
    private static readonly GrpcMethod<QueryRequest, QueryReply> Query = new(PointsReflection.Descriptor.Services[0], "Query");

    private readonly GrpcChannel _channel;
    private readonly IReadOnlyList<QueryRequest> _requests;
    private readonly int _perSecond;
    private readonly ConcurrentQueue<PacedAnswer> _answers = new();
    private readonly CallsUnderWay _underWay = new();
    private readonly Thread _clock;
    private volatile bool _isOver;
    private long _failed;

    /// <summary>Begins.</summary>
    /// <param name="server">Whom to ask.</param>
    /// <param name="requests">Asked again and again.</param>
    /// <param name="perSecond">How many a second.</param>
    public PacedQueries(Uri server, IReadOnlyList<QueryRequest> requests, int perSecond)
    {
        (_channel, _requests, _perSecond) = (new GrpcChannel(server), requests, perSecond);
        _clock = new Thread(Run) { IsBackground = true };
        _clock.Start();
    }

    /// <summary>What was answered.</summary>
    public IReadOnlyCollection<PacedAnswer> Answers => _answers;

    /// <summary>Queries that failed.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Asks no more, and waits until what is under way is answered.</summary>
    public Task EndAsync()
    {
        _isOver = true;
        _clock.Join();
        return _underWay.EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _channel.Dispose();
    }

    private void Run()
    {
        long began = Stopwatch.GetTimestamp();
        for (long number = 0; !_isOver; number++)
        {
            long due = began + (number * Stopwatch.Frequency / _perSecond);
            while (due - Stopwatch.GetTimestamp() is > 0 and long left)
            {
                if (Stopwatch.GetElapsedTime(0, left) > 1.25 * Nap) Thread.Sleep(Nap);
                else Thread.Yield();
            }

            _underWay.Add(AskAsync(_requests[(int)(number % _requests.Count)], due));
        }
    }

    private async Task AskAsync(QueryRequest request, long due)
    {
        try
        {
            await _channel.UnaryAsync(Query, request, Patient).ConfigureAwait(false);
            _answers.Enqueue(new PacedAnswer(due, Stopwatch.GetTimestamp() - due));
        }
        catch (RpcException)
        {
            Interlocked.Increment(ref _failed);
        }
    }
}
