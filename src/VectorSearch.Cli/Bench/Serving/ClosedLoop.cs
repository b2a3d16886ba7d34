using System.Diagnostics;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>One connection to a server that is measured: one question at a time.</summary>
internal interface IQueryConnection : IAsyncDisposable
{
    /// <summary>Asks the i-th query.</summary>
    /// <returns>How many of its answers are right.</returns>
    ValueTask<int> AskAsync(int query);
}

/// <summary>What a load of some connections measured.</summary>
/// <param name="Connections">Connections, each with one call under way.</param>
/// <param name="Qps">Calls answered a second.</param>
/// <param name="P50Micros">Median time of a call as its caller saw it.</param>
/// <param name="P99Micros">99 % of the calls took at most this.</param>
/// <param name="Right">Right answers in all.</param>
/// <param name="Calls">Calls in all.</param>
internal sealed record LoadResult(int Connections, double Qps, double P50Micros, double P99Micros, long Right, long Calls)
{
    /// <summary>Mean share of the true answers that were found.</summary>
    public double Recall(int k) => (double)Right / (Calls * k);
}

/// <summary>Load by callers who each ask again as soon as they are answered, from this process.</summary>
internal static class ClosedLoop
{
    /// <summary>Asks for a while.</summary>
    /// <param name="connections">The callers.</param>
    /// <param name="queries">Queries to go through in turn, each caller from a place of its own.</param>
    /// <param name="duration">How long to ask.</param>
    public static async Task<LoadResult> RunAsync(IReadOnlyList<IQueryConnection> connections, int queries, TimeSpan duration)
    {
        long end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        long started = Stopwatch.GetTimestamp();
        Caller[] callers = [.. connections.Select((connection, i) => new Caller(connection, (int)((long)queries * i / connections.Count), queries))];
        await Task.WhenAll(callers.Select(caller => Task.Run(() => caller.RunAsync(end))));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        List<long> ticks = [.. callers.SelectMany(caller => caller.Ticks)];
        ticks.Sort();
        return new LoadResult(
            connections.Count, ticks.Count / seconds, Micros(ticks, 0.5), Micros(ticks, 0.99), callers.Sum(caller => caller.Right), ticks.Count);
    }

    /// <summary>Asks every query once, over all connections, and judges the answers.</summary>
    /// <returns>Mean share of the true answers that were found.</returns>
    public static async Task<double> RecallAsync(IReadOnlyList<IQueryConnection> connections, int queries, int k)
    {
        long right = 0;
        int next = -1;
        await Task.WhenAll(connections.Select(connection => Task.Run(async () =>
        {
            for (int query; (query = Interlocked.Increment(ref next)) < queries;) Interlocked.Add(ref right, await connection.AskAsync(query));
        })));
        return (double)right / ((long)queries * k);
    }

    private static double Micros(List<long> sorted, double share) =>
        sorted.Count == 0 ? 0 : Stopwatch.GetElapsedTime(0, sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * share))]).TotalMicroseconds;

    private sealed class Caller(IQueryConnection connection, int first, int queries)
    {
        public List<long> Ticks { get; } = new(1 << 16);

        public long Right { get; private set; }

        public async Task RunAsync(long end)
        {
            // At least once: a caller that got no processor in time would leave nothing to count.
            int query = first;
            long began;
            do
            {
                began = Stopwatch.GetTimestamp();
                Right += await connection.AskAsync(query);
                Ticks.Add(Stopwatch.GetTimestamp() - began);
                query = query + 1 == queries ? 0 : query + 1;
            }
            while (began < end);
        }
    }
}
