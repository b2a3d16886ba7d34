using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// gRPC over HTTP/2: framed messages, and the status in trailers; in the headers of a response that has no message.
/// </summary>
internal sealed class GrpcProtocol : CallProtocol
{
    internal const string ContentType = "application/grpc";

    internal static readonly GrpcProtocol Instance = new();

    internal override void Begin(ServerCall call)
    {
        HttpContext http = call.Http;
        http.Response.Headers.ContentType = ContentType;
        BodyLimits.LeaveToMessages(call);
        RequestHeaders.ReadTimeout(call);
        call.Reader = new MessageReader(http.Request.BodyReader, RequestHeaders.ReadEncoding(call), call.Limits);
        RequestHeaders.CheckBinaryMetadata(call);
    }

    internal override void WriteHeaders(ServerCall call) => WriteFramedHeaders(call);

    internal override ValueTask EndAsync(ServerCall call, GrpcStatus status)
    {
        HttpResponse response = call.Http.Response;
        IHeaderDictionary target;
        if (response.HasStarted)
        {
            target = call.Http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        }
        else
        {
            WriteHeaders(call);
            target = response.Headers;
        }

        ResponseMetadata.AppendStatus(target, status);
        if (call.HasResponseTrailers) ResponseMetadata.Append(target, call.ResponseTrailers);

        // Kestrel sends message and trailers in one go when the handler returns; waiting for that here would cost each call a
        // change of threads.
        return default;
    }

    /// <summary>The headers of a response with framed messages, which gRPC-Web shares.</summary>
    internal static void WriteFramedHeaders(ServerCall call)
    {
        IHeaderDictionary response = call.Http.Response.Headers;
        if (call.AcceptsGzip && call.ResponseEncoding == GrpcEncoding.Gzip) response.GrpcEncoding = EncodingNames.Gzip;
        if (call.ResponseHeadersOrNull is { } headers) ResponseMetadata.Append(response, headers);
    }
}
