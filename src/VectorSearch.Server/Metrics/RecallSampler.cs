using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Metrics;

/// <summary>Answers a query as the Points service does.</summary>
internal delegate Task<Proto.QueryReply> AnswerQuery(Proto.QueryRequest request, CancellationToken cancellation);

/// <summary>
/// Measures recall on live queries: now and then one that was answered is answered twice more in the background, as it was
/// asked and by comparing with every point. One at a time, and after each it rests so long that this takes only a given share
/// of one processor, whatever an exact answer costs.
/// </summary>
internal sealed class RecallSampler : IAsyncDisposable
{
    /// <summary>Share of one processor, in percent, unless another is chosen.</summary>
    public const int DefaultPercent = 1;

    /// <summary>Greatest share.</summary>
    public const int MaxPercent = 50;

    private static readonly TimeSpan LeastRest = TimeSpan.FromSeconds(1);

    private readonly AnswerQuery _answer;
    private readonly int _percent;
    private readonly ILogger _log;
    private readonly Histogram<double> _recall;
    private readonly CancellationTokenSource _ending = new();
    private readonly TimeProvider _clock;
    private long _due;
    private Task _work = Task.CompletedTask;

    /// <summary>A sampler.</summary>
    /// <param name="answer">The search path.</param>
    /// <param name="percent">Share of one processor it may take, 1 to <see cref="MaxPercent"/>.</param>
    /// <param name="meter">Where the recall is told, as a histogram by collection.</param>
    /// <param name="log">Where a sample that failed is told.</param>
    /// <param name="clock">What time it is; for tests.</param>
    public RecallSampler(AnswerQuery answer, int percent, Meter meter, ILogger log, TimeProvider clock)
    {
        (_answer, _percent, _log, _clock) = (answer, percent, log, clock);
        _recall = meter.CreateHistogram(
            "vectorsearch.query.recall", "1", "Share of the true nearest points among the answers, of live queries now and then.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999] });
    }

    /// <summary>The sample under way, or the last one.</summary>
    internal Task Work => _work;

    /// <summary>Offers a query that was answered; it is taken if none is under way and the rest is over.</summary>
    public void Offer(Proto.QueryRequest query)
    {
        long due = Interlocked.Read(ref _due);
        if (_clock.GetTimestamp() < due || query.Options is { Exact: true } || !IsPlain(query)) return;
        if (Interlocked.CompareExchange(ref _due, long.MaxValue, due) != due) return;
        Begin(query.Clone());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _work;
        _ending.Dispose();
    }

    private void Begin(Proto.QueryRequest query) => _work = Task.Run(() => SampleAsync(query));

    // Only what the index answers by itself has an exact counterpart that the index is to blame for.
    private static bool IsPlain(Proto.QueryRequest query) =>
        query.Prefetch.Count == 0 && query.Group is null && query.Diversify is null && query.ByCase != Proto.QueryRequest.ByOneofCase.Fusion;

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Nobody waits for a sample; its failure is told in the log.")]
    private async Task SampleAsync(Proto.QueryRequest query)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            query.WithPayload = false;
            query.WithVectors = false;
            Proto.QueryReply asked = await _answer(query, _ending.Token);
            query.Options = new Proto.SearchOptions { Exact = true };
            Proto.QueryReply exact = await _answer(query, _ending.Token);
            if (Recall(asked, exact) is { } recall) _recall.Record(recall, new KeyValuePair<string, object?>("collection", query.Collection));
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return;
        }
        catch (VectorSearchException gone)
        {
            // The collection was deleted or is damaged since; its own errors tell that.
            _log.SampleFailed(query.Collection, gone.Message);
        }
        catch (Exception fault)
        {
            _log.SampleFailed(query.Collection, fault.ToString());
        }
        finally
        {
            TimeSpan rest = Stopwatch.GetElapsedTime(started) * (100.0 / _percent);
            if (rest < LeastRest) rest = LeastRest;
            Interlocked.Exchange(ref _due, _clock.GetTimestamp() + (long)(rest.TotalSeconds * _clock.TimestampFrequency));
        }
    }

    /// <summary>Share of the exact answers that were found, over all queries of the call; null if there is no answer.</summary>
    internal static double? Recall(Proto.QueryReply asked, Proto.QueryReply exact)
    {
        if (asked.Counts.Count != exact.Counts.Count) return null;
        int found = 0, wanted = 0;
        for (int q = 0, a = 0, e = 0; q < exact.Counts.Count; a += (int)asked.Counts[q], e += (int)exact.Counts[q], q++)
        {
            HashSet<object> truth = [.. Ids(exact.Ids, e, (int)exact.Counts[q])];
            found += Ids(asked.Ids, a, (int)asked.Counts[q]).Count(truth.Contains);
            wanted += truth.Count;
        }

        return wanted == 0 ? null : (double)found / wanted;
    }

    private static IEnumerable<object> Ids(Proto.IdColumn ids, int first, int count)
    {
        for (int i = first; i < first + count; i++) yield return ids.Strings.Count > 0 ? ids.Strings[i] : ids.Numbers[i];
    }
}
