using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class MessageStreamContentTests
{
    [Fact]
    public async Task A_writer_is_told_when_the_stream_broke_before_its_first_message()
    {
        using var content = new MessageStreamContent(GrpcEncoding.Identity, int.MaxValue);
        Task write = content.WriteAsync(new Empty(), null, CancellationToken.None).AsTask();
        await Assert.ThrowsAnyAsync<Exception>(() => content.CopyToAsync(new BrokenStream()));
        await Assert.ThrowsAsync<IOException>(() => write);
    }

    /// <summary>A connection that was reset as soon as its headers were sent.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        public override Task FlushAsync(CancellationToken cancellationToken) => Task.FromException(new IOException("reset"));
    }
}
