using System.Diagnostics;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>One search for the i-th query; a delegate a query is small beside a search.</summary>
internal delegate SearchOutcome BenchedSearch(ReadOnlySpan<float> query, Span<Neighbor> hits);

/// <summary>One search for all queries in one call.</summary>
internal delegate void BenchedBatch(ReadOnlySpan<float> queries, Span<Neighbor> hits, Span<SearchOutcome> outcomes);

/// <summary>What one sweep over all queries measured.</summary>
internal sealed record SweepResult(double Recall, double Qps, double QpsCpu, double P50Micros, double P99Micros, double Distances);

/// <summary>Times searches over all queries, again and again until the figure is steady enough.</summary>
internal sealed class SearchTimer(BenchData data, int threads)
{
    private const double MinSeconds = 0.4;
    private const double WarmSeconds = 0.8;
    private const int QueriesAGrab = 32;

    /// <summary>Threads are begun for each pass, and the last one is waited for: a pass must be long beside that.</summary>
    private const int LeastQueriesOfThreads = 20_000;

    // Several threads go over the queries more than once a pass if these are few.
    private readonly int _rounds = threads == 1 ? 1 : Math.Max(1, LeastQueriesOfThreads / data.Queries.Rows);

    private readonly Neighbor[] _hits = new Neighbor[data.Queries.Rows * data.K];
    private readonly SearchOutcome[] _outcomes = new SearchOutcome[data.Queries.Rows];
    private readonly int[] _counts = new int[data.Queries.Rows];
    private readonly long[] _ticks = new long[data.Queries.Rows];
    private readonly long[] _distances = new long[data.Queries.Rows];

    /// <summary>The most memory that the process had for itself at the end of a sweep.</summary>
    public long MostMemory { get; private set; }

    /// <summary>Lets the runtime compile its best code before anything is timed.</summary>
    public void Warm(IBenchedIndex index)
    {
        var request = new SealedRequest(data.K) { Effort = index.Efforts[index.Efforts.Count / 2] };
        SearchOutcome Search(ReadOnlySpan<float> query, Span<Neighbor> hits) => index.Search(query, request, hits);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < WarmSeconds) Pass(Search);
        Thread.Sleep(200);
        Pass(Search);
    }

    public SweepResult Run(BenchedSearch search) => Run(() => Pass(search), _rounds);

    /// <summary>As <see cref="Run(BenchedSearch)"/>, with all queries in one call: then every query has taken its share of the pass.</summary>
    public SweepResult RunMany(BenchedBatch search) => Run(() => Batch(search), 1);

    private SweepResult Run(Action pass, int rounds)
    {
        // What a sweep leaves behind would add up over dozens of them, where the memory may be limited.
        ProcessMemory.Trim();
        pass();
        var right = 0L;
        for (var q = 0; q < _counts.Length; q++) right += data.CountRight(q, _hits.AsSpan(q * data.K, _counts[q]));
        var passes = 0;
        var clock = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        double busy;
        do
        {
            pass();
            passes++;
            busy = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        }
        while (clock.Elapsed.TotalSeconds < MinSeconds);

        MostMemory = Math.Max(MostMemory, ProcessMemory.Own());
        double queries = (double)passes * _counts.Length * rounds;
        Array.Sort(_ticks);
        return new SweepResult(
            (double)right / ((long)_counts.Length * data.K), queries / clock.Elapsed.TotalSeconds, queries / busy,
            Micros(_ticks[_ticks.Length / 2]), Micros(_ticks[(int)(_ticks.Length * 0.99)]), (double)_distances.Sum() / _counts.Length);
    }

    private static double Micros(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds;

    private void Pass(BenchedSearch search)
    {
        if (threads == 1)
        {
            for (var q = 0; q < _counts.Length; q++) One(search, q);
            return;
        }

        var next = 0;
        var workers = new Thread[threads];
        for (var t = 0; t < threads; t++)
        {
            workers[t] = new Thread(() =>
            {
                var all = _counts.Length * _rounds;
                for (int first; (first = Interlocked.Add(ref next, QueriesAGrab) - QueriesAGrab) < all;)
                    for (var q = first; q < Math.Min(first + QueriesAGrab, all); q++) One(search, q % _counts.Length);
            });
            workers[t].Start();
        }

        foreach (var worker in workers) worker.Join();
    }

    private void Batch(BenchedBatch search)
    {
        var start = Stopwatch.GetTimestamp();
        search(data.Queries.All(), _hits, _outcomes);
        var ticks = (Stopwatch.GetTimestamp() - start) / _counts.Length;
        for (var q = 0; q < _counts.Length; q++) (_ticks[q], _counts[q], _distances[q]) = (ticks, _outcomes[q].Count, _outcomes[q].Distances);
    }

    private void One(BenchedSearch search, int q)
    {
        var start = Stopwatch.GetTimestamp();
        var outcome = search(data.Queries[q], _hits.AsSpan(q * data.K, data.K));
        _ticks[q] = Stopwatch.GetTimestamp() - start;
        _counts[q] = outcome.Count;
        _distances[q] = outcome.Distances;
    }
}
