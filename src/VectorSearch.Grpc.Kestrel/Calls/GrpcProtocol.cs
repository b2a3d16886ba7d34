using Google.Protobuf;
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

    internal override ValueTask<T> ReadSingleAsync<T>(ServerCall call, MessageParser<T> parser) =>
        call.Reader.ReadSingleAsync(parser, call.ReadToken);

    internal override void WriteHeaders(ServerCall call, GrpcMetadata? headers)
    {
        IHeaderDictionary response = call.Http.Response.Headers;
        if (call.AcceptsGzip && call.ResponseEncoding == GrpcEncoding.Gzip) response.GrpcEncoding = EncodingNames.Gzip;
        if (headers is not null) ResponseMetadata.Append(response, headers);
    }

    internal override void WriteMessage(ServerCall call, IMessage message, bool compress) =>
        MessageFrame.Write(call.Http.Response.BodyWriter, message, compress, call.Options.MaxSendMessageSize);

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
            WriteHeaders(call, call.ResponseHeadersOrNull);
            target = response.Headers;
        }

        ResponseMetadata.AppendStatus(target, status);
        if (call.HasResponseTrailers) ResponseMetadata.Append(target, call.ResponseTrailers);
        return new ValueTask(response.CompleteAsync());
    }
}
