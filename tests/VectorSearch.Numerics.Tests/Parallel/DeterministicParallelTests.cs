namespace VectorSearch.Numerics.Tests;

public sealed class DeterministicParallelTests
{
    [Fact]
    public void A_sum_has_the_same_bits_for_every_number_of_threads()
    {
        double Sum(int threads) => DeterministicParallel.Sum(100_003, 97, threads, static (start, end) =>
        {
            double sum = 0;
            for (int i = start; i < end; i++) sum += 1.0 / (i + 1);
            return sum;
        });

        double one = Sum(1);
        foreach (int threads in new[] { 2, 3, 4, 8, 0 })
            Assert.Equal(BitConverter.DoubleToInt64Bits(one), BitConverter.DoubleToInt64Bits(Sum(threads)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 256)]
    [InlineData(256, 256)]
    [InlineData(1000, 7)]
    public void Every_step_is_done_once(int count, int chunk)
    {
        int[] done = new int[count];
        DeterministicParallel.For(count, chunk, 4, (start, end) =>
        {
            Assert.True(end - start <= chunk);
            for (int i = start; i < end; i++) Interlocked.Increment(ref done[i]);
        });
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Scratch_is_made_for_a_thread_and_disposed_at_the_end()
    {
        int made = 0, disposed = 0;
        DeterministicParallel.For(100, 1, 3, () => new Scratch(ref made, () => Interlocked.Increment(ref disposed)), (_, _, scratch) => scratch.Use());
        Assert.True(made is >= 1);
        Assert.Equal(made, disposed);
    }

    [Fact]
    public void A_cancelled_loop_stops()
    {
        using CancellationTokenSource source = new();
        int done = 0;
        Assert.Throws<OperationCanceledException>(() => DeterministicParallel.For(1000, 1, 1, (_, _) =>
        {
            if (++done == 3) source.Cancel();
        }, source.Token));
        Assert.Equal(3, done);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_failure_comes_out_as_itself(int threads)
    {
        Assert.Throws<FormatException>(() => DeterministicParallel.For(100, 1, threads, (start, _) =>
        {
            if (start == 42) throw new FormatException();
        }));
    }

    [Fact]
    public void Bad_sizes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicParallel.For(-1, 1, 1, (_, _) => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicParallel.For(1, 0, 1, (_, _) => { }));
        Assert.Throws<ArgumentOutOfRangeException>(() => DeterministicParallel.For(1000, 1, -1, (_, _) => { }));
    }

    private sealed class Scratch : IDisposable
    {
        private readonly Action _disposed;

        public Scratch(ref int made, Action disposed)
        {
            Interlocked.Increment(ref made);
            _disposed = disposed;
        }

        public void Use() => Thread.Yield();

        public void Dispose() => _disposed();
    }
}
