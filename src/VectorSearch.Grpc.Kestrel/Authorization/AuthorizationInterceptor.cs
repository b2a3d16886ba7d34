namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Lets a call through if its method is open, or if one of the authorizers knows the caller and the caller's scopes give
/// the access that the method needs. Which collection it is about is in the request; the handler checks that with
/// <see cref="CallIdentity.Require"/>.
/// </summary>
/// <param name="authorizers">Asked in this order; the first that knows the caller counts.</param>
/// <param name="required">What a method needs. It is asked on every call, so it must be a plain look-up.</param>
public sealed class AuthorizationInterceptor(IReadOnlyList<ICallAuthorizer> authorizers, Func<GrpcMethod, CallAccess> required) : ICallInterceptor
{
    /// <inheritdoc/>
    public async Task InterceptAsync(ServerCall call, Func<ServerCall, Task> next)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(next);
        CallAccess access = required(call.Method);
        if (access != CallAccess.None)
        {
            CallIdentity caller = await AuthenticateAsync(call);
            if (!caller.MayEverDo(access))
                throw new RpcException(GrpcStatusCode.PermissionDenied, $"{call.Method.Path} needs the scope '{new CallScope(access)}'.");
            call.Set(caller);
        }

        await next(call);
    }

    private async ValueTask<CallIdentity> AuthenticateAsync(ServerCall call)
    {
        foreach (ICallAuthorizer authorizer in authorizers)
        {
            if (await authorizer.AuthenticateAsync(call.Http) is { } caller) return caller;
        }

        throw new RpcException(GrpcStatusCode.Unauthenticated, $"{call.Method.Path} needs an API key or a token, and the call has none that is known.");
    }
}
