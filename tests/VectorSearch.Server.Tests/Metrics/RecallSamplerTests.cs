using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Metrics;

namespace VectorSearch.Server.Tests.Metrics;

public sealed class RecallSamplerTests : IDisposable
{
    private readonly Meter _meter = new("test.recall");
    private readonly MetricsCollector _collector = new(new HashSet<string> { "test.recall" }, new object());
    private readonly StoppedClock _clock = new();
    private int _answered;

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_sample_compares_what_was_asked_with_the_exact_answer_and_then_rests()
    {
        await using RecallSampler sampler = new(AnswerAsync, percent: 50, _meter, NullLogger.Instance, _clock);
        _clock.Advance(TimeSpan.FromSeconds(1));
        sampler.Offer(new QueryRequest { Collection = "films", Options = new SearchOptions { Ef = 20 } });
        await sampler.Work;
        Assert.Equal(2, _answered);
        Assert.Contains("vectorsearch_query_recall_sum{collection=\"films\"} 0.75\n", PrometheusText.Write(_collector.Collect()), StringComparison.Ordinal);

        sampler.Offer(new QueryRequest { Collection = "films" });
        await sampler.Work;
        Assert.Equal(2, _answered);
        _clock.Advance(TimeSpan.FromHours(1));
        sampler.Offer(new QueryRequest { Collection = "films" });
        await sampler.Work;
        Assert.Equal(4, _answered);
    }

    [Fact]
    public async Task Queries_without_an_approximate_answer_of_their_own_are_left_alone()
    {
        await using RecallSampler sampler = new(AnswerAsync, percent: 50, _meter, NullLogger.Instance, _clock);
        sampler.Offer(new QueryRequest { Options = new SearchOptions { Exact = true } });
        sampler.Offer(new QueryRequest { Prefetch = { new Prefetch() } });
        sampler.Offer(new QueryRequest { Group = new Grouping() });
        await sampler.Work;
        Assert.Equal(0, _answered);
    }

    [Fact]
    public async Task A_sample_that_fails_harms_nobody()
    {
        await using RecallSampler sampler = new((_, _) => throw new InvalidOperationException("broken"), percent: 50, _meter, NullLogger.Instance, _clock);
        sampler.Offer(new QueryRequest { Collection = "films" });
        await sampler.Work;
        Assert.DoesNotContain("recall_sum", PrometheusText.Write(_collector.Collect()), StringComparison.Ordinal);
    }

    /// <summary>Two queries of two answers each; of the exact four, the walk found three.</summary>
    private Task<QueryReply> AnswerAsync(QueryRequest request, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _answered);
        QueryReply reply = new() { Counts = { 2, 2 }, Ids = new IdColumn { Numbers = { 1, 2, 3, 4 } } };
        if (request.Options is not { Exact: true }) reply.Ids.Numbers[3] = 1;
        return Task.FromResult(reply);
    }
}
