using System.Diagnostics;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;

namespace VectorSearch.Cli.Bench;

/// <summary>One search for the i-th query; a delegate a query is small beside a search.</summary>
internal delegate SearchOutcome BenchedSearch(ReadOnlySpan<float> query, Span<Neighbor> hits);

/// <summary>One search for all queries in one call.</summary>
internal delegate void BenchedBatch(ReadOnlySpan<float> queries, Span<Neighbor> hits, Span<SearchOutcome> outcomes);

/// <summary>What searches find.</summary>
/// <param name="Recall">The share of the true answers.</param>
/// <param name="Distances">Rows estimated and measured, a query.</param>
internal readonly record struct Finding(double Recall, double Distances);

/// <summary>How fast they are.</summary>
/// <param name="Qps">Queries a wall second.</param>
/// <param name="QpsCpu">Queries a CPU second of the process.</param>
/// <param name="P50Micros">Half of the queries of the last pass took at most so long.</param>
/// <param name="P99Micros">99 of 100 did.</param>
/// <param name="Seconds">For how long this was measured.</param>
internal readonly record struct Speed(double Qps, double QpsCpu, double P50Micros, double P99Micros, double Seconds);

/// <summary>Times searches over all queries, again and again until the figure is steady enough.</summary>
internal sealed class SearchTimer(BenchData data, int threads)
{
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
    private double _timed;

    /// <summary>The most memory that the process had for itself whenever it was noted.</summary>
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

    /// <summary>Searches for all queries once.</summary>
    /// <param name="pass"><see cref="Pass"/> or <see cref="PassMany"/> with some search.</param>
    public Finding Judge(Action pass)
    {
        // What searches leave behind would add up over dozens of efforts, where the memory may be limited.
        ProcessMemory.Trim();
        pass();
        var right = 0L;
        for (var q = 0; q < _counts.Length; q++) right += data.CountRight(q, _hits.AsSpan(q * data.K, _counts[q]));
        NoteMemory();
        return new Finding((double)right / ((long)_counts.Length * data.K), (double)_distances.Sum() / _counts.Length);
    }

    /// <summary>Searches for all queries again and again.</summary>
    /// <param name="pass">As for <see cref="Judge"/>.</param>
    /// <param name="leastSeconds">For at least so long; whole passes.</param>
    public Speed Time(Action pass, double leastSeconds)
    {
        _timed = 0;
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
        while (clock.Elapsed.TotalSeconds < leastSeconds);

        var seconds = clock.Elapsed.TotalSeconds;
        Array.Sort(_ticks);
        return new Speed(_timed / seconds, _timed / busy, Micros(_ticks[_ticks.Length / 2]), Micros(_ticks[(int)(_ticks.Length * 0.99)]), seconds);
    }

    /// <summary>Notes what the process holds now.</summary>
    public void NoteMemory() => MostMemory = Math.Max(MostMemory, ProcessMemory.Own());

    private static double Micros(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMicroseconds;

    /// <summary>Searches for all queries once, or with several threads a few times.</summary>
    public void Pass(BenchedSearch search)
    {
        _timed += (double)_counts.Length * _rounds;
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

    /// <summary>Searches for all queries in one call: then every query has taken its share of the pass.</summary>
    public void PassMany(BenchedBatch search)
    {
        _timed += _counts.Length;
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
