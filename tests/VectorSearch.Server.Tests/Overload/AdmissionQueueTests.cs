using VectorSearch.Server.Overload;

namespace VectorSearch.Server.Tests.Overload;

public sealed class AdmissionQueueTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task Calls_beyond_the_places_wait_and_those_beyond_the_queue_are_turned_away()
    {
        AdmissionQueue queue = new(concurrency: 2, maxQueued: 1, Long);
        Assert.True(await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None));
        Assert.True(await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None));
        ValueTask<bool> third = queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        ValueTask<bool> fourth = queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.False(third.IsCompleted);
        Assert.True(fourth.IsCompleted);
        Assert.False(await fourth);
        Assert.Equal(1, queue.Refused);
        queue.Exit(Now);
        Assert.True(await third);
        Assert.Equal(2, queue.Running);
        queue.Exit(Now);
        queue.Exit(Now);
        Assert.Equal(0, queue.Running);
    }

    [Fact]
    public async Task Places_are_given_in_the_order_of_arrival()
    {
        AdmissionQueue queue = new(concurrency: 1, maxQueued: 10, Long);
        await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Task<bool>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask())];
        for (int i = 0; i < waiting.Length; i++)
        {
            queue.Exit(Now);
            Assert.True(await waiting[i]);
            Assert.All(waiting[(i + 1)..], later => Assert.False(later.IsCompleted));
        }
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue_and_its_turn_goes_to_the_next()
    {
        AdmissionQueue queue = new(concurrency: 1, maxQueued: 10, Long);
        await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        using CancellationTokenSource gone = new();
        Task<bool> first = queue.EnterAsync(Timeout.InfiniteTimeSpan, gone.Token).AsTask();
        Task<bool> second = queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(1, queue.Waiting);
        queue.Exit(Now);
        Assert.True(await second);
    }

    [Fact]
    public async Task A_call_whose_turn_would_come_too_late_is_turned_away_at_once()
    {
        AdmissionQueue queue = new(concurrency: 1, maxQueued: 1000, TimeSpan.FromSeconds(5));
        await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);

        // A call that took two seconds makes the mean, and the place is taken again.
        long now = Now;
        queue.Exit(now - (2 * System.Diagnostics.Stopwatch.Frequency), now);
        await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.False(await queue.EnterAsync(TimeSpan.FromSeconds(1), CancellationToken.None));
        Task<bool> patient = queue.EnterAsync(TimeSpan.FromSeconds(3), CancellationToken.None).AsTask();
        Task<bool> more = queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        Assert.False(patient.IsCompleted || more.IsCompleted);
        Assert.False(await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None));
        Assert.Equal(TimeSpan.FromSeconds(4), queue.RetryAfter);
    }

    [Fact]
    public async Task Where_calls_take_long_those_that_waited_leave_the_threads_of_the_pool_alone()
    {
        AdmissionQueue queue = new(concurrency: 1, maxQueued: 10, Long);
        foreach ((long seconds, bool isPool) in (IEnumerable<(long, bool)>)[(0, true), (2, false)])
        {
            await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
            Task<bool> onPool = Task.Run(async () =>
            {
                Assert.True(await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None));
                return Thread.CurrentThread.IsThreadPoolThread;
            });
            Assert.True(SpinWait.SpinUntil(() => queue.Waiting == 1, TimeSpan.FromMinutes(5)));
            long now = Now;
            queue.Exit(now - (seconds * System.Diagnostics.Stopwatch.Frequency), now);
            Assert.Equal(isPool, await onPool);
            queue.Exit(now, now);
        }
    }

    [Fact]
    public async Task Who_would_be_turned_away_is_so_before_anything_is_read()
    {
        AdmissionQueue queue = new(concurrency: 1, maxQueued: 1, Long);
        Assert.False(queue.WouldTurnAway(Timeout.InfiniteTimeSpan));
        await queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.False(queue.WouldTurnAway(Timeout.InfiniteTimeSpan));
        Task<bool> waiting = queue.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        Assert.True(queue.WouldTurnAway(Timeout.InfiniteTimeSpan));
        Assert.Equal(1, queue.Refused);
        queue.Exit(Now);
        Assert.True(await waiting);
        Assert.False(queue.WouldTurnAway(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Under_many_threads_no_place_is_lost_and_none_is_given_twice()
    {
        AdmissionQueue queue = new(concurrency: 3, maxQueued: 4, Long);
        int inside = 0, most = 0, served = 0, refused = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            using CancellationTokenSource impatient = new();
            ValueTask<bool> entering = queue.EnterAsync(Timeout.InfiniteTimeSpan, impatient.Token);
            if (i % 7 == 0) await impatient.CancelAsync();
            try
            {
                if (!await entering)
                {
                    Interlocked.Increment(ref refused);
                    return;
                }
            }
            catch (OperationCanceledException) when (impatient.IsCancellationRequested)
            {
                return;
            }

            InterlockedMax(ref most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Increment(ref served);
            Interlocked.Decrement(ref inside);
            queue.Exit(Now);
        });
        Assert.Equal((0, 0, 0), (queue.Running, queue.Waiting, inside));
        Assert.InRange(most, 1, 3);
        Assert.Equal(refused, queue.Refused);
        Assert.True(served > 0);
    }

    private static long Now => System.Diagnostics.Stopwatch.GetTimestamp();

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is var now && now != seen) seen = now;
    }
}
