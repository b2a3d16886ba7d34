using System.IO.Pipelines;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

/// <summary>How long a reader waits, by a clock that the test moves when the reader has set its timer.</summary>
public class SlowMessageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Moment = TimeSpan.FromMilliseconds(1), Second = TimeSpan.FromSeconds(1);

    private readonly SteppedClock _clock = new();
    private readonly Pipe _pipe = new();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_message_that_began_must_end_in_time(int bytes)
    {
        await _pipe.Writer.WriteAsync(TestServer.Frame(0, 10, 1).AsMemory(0, bytes));
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _clock.TimerSetAsync();
        Assert.Equal(0, _clock.Advance(Limit - Moment));
        Assert.Equal(1, _clock.Advance(2 * Moment));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => read);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        Assert.Contains("too slowly", fault.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_trickle_do_not_buy_more_time()
    {
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _pipe.Writer.WriteAsync(TestServer.Frame(0, 4000));
        await _clock.TimerSetAsync();

        // A byte a second: each comes well within the time, all of them far outside it.
        int seconds = 0;
        for (; _clock.Advance(Second) == 0; seconds++)
        {
            await _pipe.Writer.WriteAsync(new byte[1]);
            await _clock.TimerSetAsync();
        }

        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read)).Code);
        Assert.Equal((int)Limit.TotalSeconds, seconds);
    }

    [Fact]
    public async Task A_long_message_gets_a_second_more_for_each_16_KiB()
    {
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _pipe.Writer.WriteAsync(TestServer.Frame(0, 10 * MessageReaderLimits.MinBytesPerSecond));
        await _clock.TimerSetAsync();
        Assert.Equal(0, _clock.Advance(Limit + (9 * Second)));
        Assert.Equal(1, _clock.Advance(2 * Second));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read)).Code);
    }

    [Fact]
    public async Task Between_messages_only_the_pause_counts()
    {
        using MessageReader reader = Reader(idle: 100 * Limit, message: Limit);
        for (int i = 0; i < 3; i++)
        {
            Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
            await _clock.TimerSetAsync();
            Assert.Equal(0, _clock.Advance(10 * Limit));
            await _pipe.Writer.WriteAsync(TestServer.Frame(0, 0));
            Assert.NotNull(await read);
        }

        Task<Empty?> last = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _pipe.Writer.CompleteAsync();
        Assert.Null(await last);
    }

    [Fact]
    public async Task A_pause_that_is_too_long_ends_the_stream()
    {
        using MessageReader reader = Reader(idle: Limit, message: Timeout.InfiniteTimeSpan);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _clock.TimerSetAsync();
        Assert.Equal(0, _clock.Advance(Limit - Moment));
        Assert.Equal(1, _clock.Advance(Moment));
        Assert.Contains("No message came for 20 s", (await Assert.ThrowsAsync<RpcException>(() => read)).Status.Message, StringComparison.Ordinal);
    }

    private MessageReader Reader(TimeSpan idle, TimeSpan message) =>
        new(_pipe.Reader, GrpcEncoding.Identity, new MessageReaderLimits(int.MaxValue, long.MaxValue, idle, message) { Clock = _clock });
}
