namespace VectorSearch.Grpc.Kestrel;

/// <summary>Who calls, and what they may do. A handler finds it by <c>call.Get&lt;CallIdentity&gt;()</c>.</summary>
public sealed record CallIdentity
{
    /// <summary>The caller's name, for logs and quotas.</summary>
    public required string Subject { get; init; }

    /// <summary>What it may do.</summary>
    public required IReadOnlyList<CallScope> Scopes { get; init; }

    /// <summary>A filter, as JSON, that every query and deletion of this caller must be narrowed by; null for none.</summary>
    public string? ForcedFilter { get; init; }

    /// <summary>When the identity ends, or null.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>True if some scope gives the access, for any resource at all.</summary>
    public bool MayEverDo(CallAccess access) => access == CallAccess.None || Scopes.Any(scope => scope.Access >= access);

    /// <summary>True if some scope gives the access to this resource.</summary>
    public bool MayDo(CallAccess access, string resource) =>
        access == CallAccess.None || Scopes.Any(scope => scope.Access >= access && (scope.Resource is null || scope.Resource == resource));

    /// <summary>Checks the access to one resource.</summary>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.PermissionDenied"/> without it.</exception>
    public void Require(CallAccess access, string resource)
    {
        if (!MayDo(access, resource))
            throw new RpcException(GrpcStatusCode.PermissionDenied, $"'{Subject}' lacks the scope '{new CallScope(access, resource)}'.");
    }
}
