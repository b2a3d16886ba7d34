using System.Diagnostics;
using Google.Protobuf;
using VectorSearch.Grpc;

namespace VectorSearch.Client;

/// <summary>Calls by the retry policy, within one deadline for all attempts.</summary>
internal sealed class Transport(GrpcChannel channel, VectorSearchClientOptions options)
{
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(1);

    public VectorSearchClientOptions Options => options;

    public Task<TReply> UnaryAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan? timeout, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply> =>
        AttemptAsync(left => channel.UnaryAsync(method, request, new GrpcCallOptions { Timeout = left }, cancellationToken), timeout, cancellationToken);

    /// <summary>Sends the messages of <paramref name="requests"/>, which is called anew for each attempt.</summary>
    public Task<TReply> ClientStreamAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, Func<IAsyncEnumerable<TRequest>> requests, TimeSpan? timeout, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        return AttemptAsync(SendAsync, timeout, cancellationToken);

        async Task<TReply> SendAsync(TimeSpan left)
        {
            using ClientStreamCall<TRequest, TReply> call = channel.ClientStream(method, new GrpcCallOptions { Timeout = left }, cancellationToken);
            await foreach (TRequest request in requests().WithCancellation(cancellationToken).ConfigureAwait(false))
                await call.WriteAsync(request).ConfigureAwait(false);
            return await call.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Opens a stream each way, which lasts as long as its caller wants.</summary>
    public DuplexCall<TRequest, TReply> Duplex<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply> => channel.Duplex(method, null, cancellationToken);

    private async Task<TReply> AttemptAsync<TReply>(Func<TimeSpan, Task<TReply>> call, TimeSpan? callTimeout, CancellationToken cancellationToken)
    {
        TimeSpan timeout = callTimeout ?? options.Timeout;
        long start = Stopwatch.GetTimestamp();
        for (int attempt = 1; ; attempt++)
        {
            TimeSpan pause;
            try
            {
                TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
                return await call(left < LeastTimeout ? LeastTimeout : left).ConfigureAwait(false);
            }
            catch (RpcException fault)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TimeSpan? next = options.Retry.PauseAfter(attempt, fault.Status);
                if (next is null || Stopwatch.GetElapsedTime(start) + next >= timeout)
                    throw VectorSearchClientException.From(fault, channel.Address, timeout, attempt);
                pause = next.Value;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }
}
