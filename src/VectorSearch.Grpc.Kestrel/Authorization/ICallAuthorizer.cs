namespace VectorSearch.Grpc.Kestrel;

/// <summary>Finds out who calls.</summary>
public interface ICallAuthorizer
{
    /// <summary>The caller, or null if the call carries nothing that this authorizer reads.</summary>
    /// <param name="call">The call, before its first message.</param>
    /// <exception cref="RpcException">
    /// <see cref="GrpcStatusCode.Unauthenticated"/> if it carries something that is not valid.
    /// </exception>
    ValueTask<CallIdentity?> AuthenticateAsync(ServerCall call);
}
