namespace VectorSearch.Numerics.Tests;

public sealed unsafe class NativeBufferTests
{
    [Fact]
    public void Growth_moves_nothing_and_new_memory_is_zero()
    {
        using NativeBuffer buffer = new(64L << 20);
        buffer.Commit(1000);
        byte* start = buffer.Start;
        Assert.Equal(0, (long)start % (2 << 20));
        start[999] = 42;

        buffer.Commit(48L << 20);

        Assert.Equal((nint)start, (nint)buffer.Start);
        Assert.Equal(42, start[999]);
        Assert.True(buffer.Committed >= 48L << 20);
        Assert.False(new ReadOnlySpan<byte>(start + 1000, (48 << 20) - 1000).ContainsAnyExcept((byte)0));
        start[(48L << 20) - 1] = 1;
    }

    [Fact]
    public void A_large_reservation_takes_no_memory()
    {
        using NativeBuffer buffer = new(1L << 40);
        buffer.Commit(1);
        Assert.True(buffer.Committed <= 1 << 20);
    }

    [Fact]
    public void More_than_the_capacity_is_refused()
    {
        using NativeBuffer buffer = new(1 << 20);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Commit((1 << 20) + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Span(0, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new NativeBuffer(0));
    }

    [Fact]
    public void An_impossible_reservation_says_what_to_do()
    {
        InsufficientMemoryException error = Assert.Throws<InsufficientMemoryException>(() => new NativeBuffer(1L << 60));
        Assert.Contains("Lower the capacity", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposing_twice_is_harmless_and_growth_afterwards_is_refused()
    {
        NativeBuffer buffer = NativeBuffer.Allocate(100);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Commit(1));
    }

    [Fact]
    public void What_is_shrunk_away_comes_back_as_zeros_and_the_rest_stays()
    {
        using NativeBuffer buffer = NativeBuffer.Allocate(1 << 20);
        buffer.Span(0, 1 << 20).Fill(7);
        buffer.Shrink(100_000);
        Assert.InRange(buffer.Committed, 100_000, 200_000);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Span(300_000, 1).Length);
        buffer.Commit(1 << 20);
        Assert.Equal(-1, buffer.Span(0, 100_000).IndexOfAnyExcept((byte)7));
        Assert.Equal(-1, buffer.Span(300_000, 700_000).IndexOfAnyExcept((byte)0));
    }
}
