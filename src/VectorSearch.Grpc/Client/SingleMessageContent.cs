using System.Net;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>The body of a call with one request.</summary>
internal sealed class SingleMessageContent(IMessage message, GrpcEncoding encoding, int maxSize) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var frame = new PooledBuffer(encoding == GrpcEncoding.Gzip ? 0 : message.CalculateSize() + MessageFrame.PrefixSize);
        MessageFrame.Write(frame, message, encoding == GrpcEncoding.Gzip, maxSize);
        await stream.WriteAsync(frame.WrittenMemory, cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = -1;
        return false;
    }
}
