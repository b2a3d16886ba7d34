using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// The writing side of a call with many requests. A write that fails because the server ended the call tells the
/// server's status where no replies can be lost by looking for it (<paramref name="mayRead"/>); in a duplex call the
/// status comes from reading.
/// </summary>
internal sealed class RequestStream<TRequest, TReply>(ClientCall<TReply> call, MessageStreamContent content, bool mayRead) : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever ends the transport becomes a status.")]
    internal async ValueTask WriteAsync(TRequest request, bool? compress)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (content.IsCompleted) throw new InvalidOperationException("A message was written after the call's requests were completed.");
        try
        {
            await content.WriteAsync(request, compress, call.EndToken).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            throw await call.WriteFaultAsync(fault, mayRead).ConfigureAwait(false);
        }
    }

    internal void Complete() => content.Complete();

    public void Dispose()
    {
        call.Dispose();
        content.Complete();
    }
}
