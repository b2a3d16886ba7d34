using System.IO.Pipelines;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

/// <summary>How long a reader waits, by a clock that the test moves. The pipe resumes its reader on the writer's own thread.</summary>
public class SlowMessageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Moment = TimeSpan.FromMilliseconds(1);

    private readonly SteppedClock _clock = new();
    private readonly Pipe _pipe = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_message_that_began_must_end_in_time(int bytes)
    {
        await _pipe.Writer.WriteAsync(TestServer.Frame(0, 10, 1).AsMemory(0, bytes));
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        _clock.Advance(Limit - Moment);
        Assert.False(read.IsCompleted);
        _clock.Advance(2 * Moment);
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

        // Each byte comes a second after the one before: well within the time, and all of them far outside it.
        int sent = 0;
        for (; sent < 100 && !read.IsCompleted; sent++)
        {
            await _pipe.Writer.WriteAsync(new byte[1]);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read)).Code);
        Assert.InRange(sent, 20, 21);
    }

    [Fact]
    public async Task A_long_message_gets_a_second_more_for_each_16_KiB()
    {
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        await _pipe.Writer.WriteAsync(TestServer.Frame(0, 10 * MessageReaderLimits.MinBytesPerSecond));
        _clock.Advance(Limit + TimeSpan.FromSeconds(9));
        Assert.False(read.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read)).Code);
    }

    [Fact]
    public async Task Between_messages_only_the_pause_counts()
    {
        using MessageReader reader = Reader(idle: Timeout.InfiniteTimeSpan, message: Limit);
        for (int i = 0; i < 3; i++)
        {
            Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
            _clock.Advance(10 * Limit);
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
        _clock.Advance(Limit - Moment);
        Assert.False(read.IsCompleted);
        _clock.Advance(Moment);
        Assert.Contains("No message came for 20 s", (await Assert.ThrowsAsync<RpcException>(() => read)).Status.Message, StringComparison.Ordinal);
    }

    private MessageReader Reader(TimeSpan idle, TimeSpan message) =>
        new(_pipe.Reader, GrpcEncoding.Identity, new MessageReaderLimits(int.MaxValue, long.MaxValue, idle, message) { Clock = _clock });
}
