using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Finds out who calls.</summary>
public interface ICallAuthorizer
{
    /// <summary>The caller, or null if the call carries nothing that this authorizer reads.</summary>
    /// <param name="http">The request that carries the caller's metadata; its body is not read.</param>
    /// <exception cref="RpcException">
    /// <see cref="GrpcStatusCode.Unauthenticated"/> if it carries something that is not valid.
    /// </exception>
    ValueTask<CallIdentity?> AuthenticateAsync(HttpContext http);
}
