using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Chooses how a request is read, by its content type and HTTP version.</summary>
internal static class ProtocolSelection
{
    private const string AcceptedContentTypes =
        GrpcProtocol.ContentType + ", " + GrpcWebProtocol.BinaryContentType + ", " + GrpcWebProtocol.TextContentType;

    private const string AcceptedUnaryContentTypes =
        AcceptedContentTypes + ", " + ConnectProtocol.JsonContentType + ", " + ConnectProtocol.ProtoContentType;

    /// <summary>The protocol; null if there is none, and the request is to be refused.</summary>
    internal static CallProtocol? Choose(HttpContext http, GrpcMethodKind kind)
    {
        ReadOnlySpan<char> contentType = http.Request.ContentType;
        if (Is(contentType, GrpcProtocol.ContentType)) return IsHttp2(http) ? GrpcProtocol.Instance : null;
        if (Is(contentType, GrpcWebProtocol.BinaryContentType)) return GrpcWebProtocol.Binary;
        if (Is(contentType, GrpcWebProtocol.TextContentType)) return GrpcWebProtocol.Text;
        if (kind == GrpcMethodKind.Unary)
        {
            if (Is(contentType, ConnectProtocol.JsonContentType)) return ConnectProtocol.Json;
            if (Is(contentType, ConnectProtocol.ProtoContentType)) return ConnectProtocol.Proto;
        }

        return null;
    }

    /// <summary>Answers a request that no protocol was found for, with words for whoever called by hand.</summary>
    internal static ValueTask RefuseAsync(HttpContext http, GrpcMethodKind kind)
    {
        if (Is(http.Request.ContentType, GrpcProtocol.ContentType))
        {
            http.Response.Headers.Upgrade = HttpProtocol.Http2;
            GrpcStatus old = new(GrpcStatusCode.Unimplemented, $"{GrpcProtocol.ContentType} came over {http.Request.Protocol}, expected HTTP/2: use the gRPC port.");
            return ConnectError.WriteAsync(http.Response, old, StatusCodes.Status426UpgradeRequired);
        }

        string accepted = kind == GrpcMethodKind.Unary ? AcceptedUnaryContentTypes : AcceptedContentTypes;
        http.Response.Headers["Accept-Post"] = accepted;
        GrpcStatus status = new(GrpcStatusCode.InvalidArgument, $"content-type: got '{http.Request.ContentType}', expected one of {accepted}.");
        return ConnectError.WriteAsync(http.Response, status, StatusCodes.Status415UnsupportedMediaType);
    }

    /// <summary>True if the request is gRPC or gRPC-Web, whatever it calls.</summary>
    internal static bool IsGrpc(string? contentType) =>
        Is(contentType, GrpcProtocol.ContentType) || Is(contentType, GrpcWebProtocol.BinaryContentType) || Is(contentType, GrpcWebProtocol.TextContentType);

    /// <summary>True if the request is gRPC itself, as it must be: over HTTP/2.</summary>
    internal static bool IsPlainGrpc(HttpContext http) => Is(http.Request.ContentType, GrpcProtocol.ContentType) && IsHttp2(http);

    private static bool IsHttp2(HttpContext http) => HttpProtocol.IsHttp2(http.Request.Protocol) || HttpProtocol.IsHttp3(http.Request.Protocol);

    /// <summary>True for a content type alone, with <c>+proto</c>, or with parameters.</summary>
    private static bool Is(ReadOnlySpan<char> contentType, string expected)
    {
        if (!contentType.StartsWith(expected, StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> rest = contentType[expected.Length..];
        if (rest.StartsWith("+proto", StringComparison.OrdinalIgnoreCase)) rest = rest["+proto".Length..];
        return rest.IsEmpty || rest[0] is ';' or ' ';
    }
}
