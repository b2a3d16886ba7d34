using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Chooses how a request is read, by its content type and HTTP version.</summary>
internal static class ProtocolSelection
{
    /// <summary>The protocol; null if the request was refused, with the response set.</summary>
    internal static CallProtocol? Choose(HttpContext http, GrpcMethodKind kind)
    {
        string? contentType = http.Request.ContentType;
        if (!IsGrpc(contentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            http.Response.Headers["Accept-Post"] = GrpcProtocol.ContentType;
            return null;
        }

        if (HttpProtocol.IsHttp2(http.Request.Protocol) || HttpProtocol.IsHttp3(http.Request.Protocol)) return GrpcProtocol.Instance;
        http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        http.Response.Headers.Upgrade = HttpProtocol.Http2;
        return null;
    }

    /// <summary>True for <c>application/grpc</c>, alone or with <c>+proto</c> or parameters.</summary>
    internal static bool IsGrpc(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(GrpcProtocol.ContentType, StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> rest = contentType.AsSpan(GrpcProtocol.ContentType.Length);
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase)) rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] == ';';
    }
}
