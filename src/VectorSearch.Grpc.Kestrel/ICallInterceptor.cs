namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Work around every call: authorization, quotas, logging. It runs before the first request message is read, and may
/// refuse the call by <see cref="ServerCall.Refuse"/> or by throwing an <see cref="RpcException"/>.
/// </summary>
public interface ICallInterceptor
{
    /// <summary>Does its work and calls <paramref name="next"/> once, unless it refuses.</summary>
    /// <param name="call">The call; its method says what is asked for.</param>
    /// <param name="next">The rest of the call.</param>
    Task InterceptAsync(ServerCall call, Func<ServerCall, Task> next);
}
