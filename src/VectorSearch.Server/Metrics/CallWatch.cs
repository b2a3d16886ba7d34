using System.Diagnostics;
using System.Diagnostics.Metrics;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using VectorSearch.Grpc.Kestrel;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Metrics;

/// <summary>Counts what the gate refuses, logs slow calls, and gives the recall sampler its queries.</summary>
internal sealed class CallWatch
{
    private readonly ILogger _log;
    private readonly TimeSpan _slow;
    private readonly RecallSampler? _sampler;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _queued;

    /// <summary>A watch that speaks through a meter and a log.</summary>
    /// <param name="meter">The server's meter.</param>
    /// <param name="log">Where slow calls are told.</param>
    /// <param name="slow">A call that takes at least this long is told; zero tells none.</param>
    /// <param name="sampler">Gets queries that were answered; null for none.</param>
    public CallWatch(Meter meter, ILogger log, TimeSpan slow, RecallSampler? sampler)
    {
        (_log, _slow, _sampler) = (log, slow, sampler);
        _refused = meter.CreateCounter<long>("vectorsearch.calls.refused", "{call}", "Calls refused before their handler, by reason.");
        _queued = meter.CreateHistogram<double>("vectorsearch.calls.queued", "ms", "Time that calls waited for their place.");
    }

    /// <summary>A call was refused.</summary>
    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>A unary call came to its end.</summary>
    public void Ended(ServerCall call, CallState state, TimeSpan took)
    {
        // Most calls find a place free; recording that they waited 0 ms would cost more than it tells.
        if (state.Waited > 0 && _queued.Enabled) _queued.Record(Milliseconds(state.Waited));
        if (_slow > TimeSpan.Zero && took >= _slow)
            _log.SlowCall(call.Method.Path, took.TotalMilliseconds, Milliseconds(state.Waited), state.Collection ?? "", state.Caller?.Subject ?? "", Shape(state.Request), call.Peer);
        if (_sampler is not null && state.Request is Proto.QueryRequest query && !call.Refused) _sampler.Offer(query);
    }

    /// <summary>What a request asks for, without its values: they may be private.</summary>
    private static string Shape(IMessage? request) => request switch
    {
        null => "",
        Proto.QueryRequest query => $"by {query.ByCase}, limit {query.Limit}, ef {query.Options?.Ef ?? 0}, exact {query.Options?.Exact ?? false}, filter {query.Filter is not null}, "
            + $"prefetches {query.Prefetch.Count}, {query.CalculateSize()} bytes",
        _ => $"{request.CalculateSize()} bytes",
    };

    private static double Milliseconds(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds;
}

/// <summary>What the server logs of its calls.</summary>
internal static partial class ServerLog
{
    internal const string Category = "VectorSearch.Server";

    [LoggerMessage(101, LogLevel.Warning, "Slow call: {Method} took {Milliseconds:F1} ms ({Queued:F1} ms of it in the queue); collection '{Collection}', caller '{Caller}', {Request}, from {Peer}.")]
    internal static partial void SlowCall(
        this ILogger logger, string method, double milliseconds, double queued, string collection, string caller, string request, string peer);

    [LoggerMessage(102, LogLevel.Warning, "The recall of a query of '{Collection}' could not be sampled: {Reason}")]
    internal static partial void SampleFailed(this ILogger logger, string collection, string reason);
}
