using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Reads a body to its end, for the forms of calls that are not framed.</summary>
internal static class WholeBody
{
    /// <summary>Reads a body and makes something of it. Kestrel's data rate keeps slow senders away.</summary>
    /// <param name="call">The call whose body it is.</param>
    /// <param name="maxSize">Bytes that the body may have.</param>
    /// <param name="parse">Gets the body where it lies in the request's pipe, and may not keep it.</param>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.ResourceExhausted"/> past the limit.</exception>
    internal static async ValueTask<T> ReadAsync<T>(ServerCall call, int maxSize, Func<ReadOnlySequence<byte>, T> parse)
    {
        if (call.Http.Request.ContentLength is { } length && length > maxSize)
            throw MessageFrame.TooLarge(length.ToString(CultureInfo.InvariantCulture), maxSize);
        PipeReader body = call.Http.Request.BodyReader;
        while (true)
        {
            ReadResult result = await body.ReadAsync(call.ReadToken);
            ReadOnlySequence<byte> buffer = result.Buffer;
            SequencePosition consumed = buffer.Start;
            try
            {
                if (buffer.Length > maxSize) throw MessageFrame.TooLarge($"over {maxSize}", maxSize);
                if (!result.IsCompleted) continue;
                consumed = buffer.End;
                return parse(buffer);
            }
            finally
            {
                body.AdvanceTo(consumed, buffer.End);
            }
        }
    }
}
