using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Chooses how a request is read, by its content type and HTTP version.</summary>
internal static class ProtocolSelection
{
    private const string AcceptedContentTypes =
        GrpcProtocol.ContentType + ", " + GrpcWebProtocol.BinaryContentType + ", " + GrpcWebProtocol.TextContentType;

    private const string AcceptedUnaryContentTypes =
        AcceptedContentTypes + ", " + ConnectProtocol.JsonContentType + ", " + ConnectProtocol.ProtoContentType;

    /// <summary>The protocol; null if the request was refused, with the response set.</summary>
    internal static CallProtocol? Choose(HttpContext http, GrpcMethodKind kind)
    {
        ReadOnlySpan<char> contentType = http.Request.ContentType;
        if (Is(contentType, GrpcProtocol.ContentType)) return RequireHttp2(http);
        if (Is(contentType, GrpcWebProtocol.BinaryContentType)) return GrpcWebProtocol.Binary;
        if (Is(contentType, GrpcWebProtocol.TextContentType)) return GrpcWebProtocol.Text;
        if (kind == GrpcMethodKind.Unary)
        {
            if (Is(contentType, ConnectProtocol.JsonContentType)) return ConnectProtocol.Json;
            if (Is(contentType, ConnectProtocol.ProtoContentType)) return ConnectProtocol.Proto;
        }

        http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        http.Response.Headers["Accept-Post"] = kind == GrpcMethodKind.Unary ? AcceptedUnaryContentTypes : AcceptedContentTypes;
        return null;
    }

    /// <summary>True if the request is gRPC or gRPC-Web, whatever it calls.</summary>
    internal static bool IsGrpc(string? contentType) =>
        Is(contentType, GrpcProtocol.ContentType) || Is(contentType, GrpcWebProtocol.BinaryContentType) || Is(contentType, GrpcWebProtocol.TextContentType);

    private static GrpcProtocol? RequireHttp2(HttpContext http)
    {
        if (HttpProtocol.IsHttp2(http.Request.Protocol) || HttpProtocol.IsHttp3(http.Request.Protocol)) return GrpcProtocol.Instance;
        http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        http.Response.Headers.Upgrade = HttpProtocol.Http2;
        return null;
    }

    /// <summary>True for a content type alone, with <c>+proto</c>, or with parameters.</summary>
    private static bool Is(ReadOnlySpan<char> contentType, string expected)
    {
        if (!contentType.StartsWith(expected, StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> rest = contentType[expected.Length..];
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase)) rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] is ';' or ' ';
    }
}
