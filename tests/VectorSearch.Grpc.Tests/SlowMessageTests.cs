using System.IO.Pipelines;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class SlowMessageTests
{
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_message_that_began_must_end_in_time(int bytes)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(TestServer.Frame(0, 10, 1).AsMemory(0, bytes));
        using var reader = new MessageReader(pipe.Reader, GrpcEncoding.Identity, Limits(idle: Timeout.InfiniteTimeSpan, message: Brief));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await reader.ReadAsync(Empty.Parser, CancellationToken.None));
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, fault.Code);
        Assert.Contains("too slowly", fault.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_trickle_do_not_buy_more_time()
    {
        var pipe = new Pipe();
        using var reader = new MessageReader(pipe.Reader, GrpcEncoding.Identity, Limits(idle: Timeout.InfiniteTimeSpan, message: Brief));
        Task<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None).AsTask();
        const int length = 4000;
        await pipe.Writer.WriteAsync(TestServer.Frame(0, length));
        int sent = 0;
        // A byte a millisecond: each comes well within the time, all of them far outside it.
        for (; sent < length - 1 && !read.IsCompleted; sent++)
        {
            await pipe.Writer.WriteAsync(new byte[1]);
            await Task.Delay(1);
        }

        Assert.True(sent < length - 1, "Each byte bought more time.");
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read)).Code);
    }

    [Fact]
    public async Task Between_messages_only_the_pause_counts()
    {
        var pipe = new Pipe();
        using var reader = new MessageReader(pipe.Reader, GrpcEncoding.Identity, Limits(idle: Timeout.InfiniteTimeSpan, message: Brief));
        for (int i = 0; i < 3; i++)
        {
            ValueTask<Empty?> read = reader.ReadAsync(Empty.Parser, CancellationToken.None);
            await pipe.Writer.WriteAsync(TestServer.Frame(0, 0));
            Assert.NotNull(await read);
        }

        ValueTask<Empty?> last = reader.ReadAsync(Empty.Parser, CancellationToken.None);
        await pipe.Writer.CompleteAsync();
        Assert.Null(await last);
    }

    [Fact]
    public async Task A_pause_that_is_too_long_ends_the_stream()
    {
        using var reader = new MessageReader(new Pipe().Reader, GrpcEncoding.Identity, Limits(idle: Brief, message: Timeout.InfiniteTimeSpan));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await reader.ReadAsync(Empty.Parser, CancellationToken.None));
        Assert.Contains("No message came for 0.03 s", fault.Status.Message, StringComparison.Ordinal);
    }

    private static MessageReaderLimits Limits(TimeSpan idle, TimeSpan message) => new(int.MaxValue, long.MaxValue, idle, message);
}
