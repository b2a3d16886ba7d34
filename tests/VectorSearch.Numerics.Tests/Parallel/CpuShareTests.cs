using System.Collections.Concurrent;

namespace VectorSearch.Numerics.Tests;

public sealed class CpuShareTests
{
    private static double Sum(int threads) => DeterministicParallel.Sum(10_007, 97, threads, static (start, end) =>
    {
        double sum = 0;
        for (int i = start; i < end; i++) sum += 1.0 / (i + 1);
        return sum;
    });

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(0.5, 1, 10)]
    [InlineData(0.1, 1, 90)]
    [InlineData(1.5, 2, 10.0 / 3)]
    [InlineData(4, 4, 0)]
    public void A_share_is_so_many_threads_and_rests_in_proportion_to_work(double processors, int threads, double restMilliseconds)
    {
        CpuShare share = new(processors);
        Assert.Equal(threads, share.Threads);
        Assert.Equal(restMilliseconds, share.RestAfter(TimeSpan.FromMilliseconds(10)).TotalMilliseconds, 1e-3);
    }

    [Fact]
    public async Task A_loop_of_a_share_has_the_same_result_and_keeps_to_its_threads()
    {
        ConcurrentDictionary<int, bool> threads = new();
        int caller = Environment.CurrentManagedThreadId;
        double sum = await new CpuShare(2).RunAsync(() =>
        {
            DeterministicParallel.For(1000, 1, 8, (_, _) => threads[Environment.CurrentManagedThreadId] = true);
            return Sum(0);
        });
        Assert.Equal(BitConverter.DoubleToInt64Bits(Sum(1)), BitConverter.DoubleToInt64Bits(sum));
        Assert.InRange(threads.Count, 1, 2);
        Assert.DoesNotContain(caller, threads.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_failure_comes_out_as_itself(double processors) => await Assert.ThrowsAsync<FormatException>(() => new CpuShare(processors).RunAsync(() =>
    {
        DeterministicParallel.For(100, 1, 0, (start, _) =>
        {
            if (start == 42) throw new FormatException();
        });
        return 0;
    }));

    [Fact]
    public async Task A_rest_ends_with_its_cancellation()
    {
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await new CpuShare(1e-9).RunAsync(() =>
        {
            Thread.SpinWait(10_000);
            CpuShare.Breathe(cancelled.Token); // would be years
            return 0;
        });
    }

    [Fact]
    public void A_share_must_be_above_nothing() => Assert.Throws<ArgumentOutOfRangeException>(() => new CpuShare(0));
}
