using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;

namespace VectorSearch.Grpc;

/// <summary>Finds the status of a call in its HTTP response, or makes one up from what the transport says.</summary>
internal static class ResponseStatus
{
    private const string ContentTypeStart = "application/grpc";

    private enum Http2Error
    {
        RefusedStream = 0x7,
        Cancel = 0x8,
        EnhanceYourCalm = 0xB,
        InadequateSecurity = 0xC,
    }

    /// <summary>Checks that the response is gRPC; null if it is.</summary>
    internal static RpcException? CheckHead(HttpResponseMessage response)
    {
        // A proxy's page has no grpc-status, and its HTTP status is all there is to say.
        if (Value(response.Headers, StatusHeaders.Code) is not null) return null;
        if (response.StatusCode != HttpStatusCode.OK)
            return new RpcException(FromHttp(response.StatusCode), $"The server answered with HTTP status {(int)response.StatusCode}.");
        string? type = response.Content.Headers.ContentType?.MediaType;
        return type is not null && type.StartsWith(ContentTypeStart, StringComparison.OrdinalIgnoreCase)
            ? null
            : new RpcException(GrpcStatusCode.Unknown, $"The server answered with content type '{type}' instead of {ContentTypeStart}.");
    }

    /// <summary>The status at the end: from the trailers, or the headers of a call without messages.</summary>
    internal static GrpcStatus Read(HttpResponseMessage response)
    {
        HttpResponseHeaders from = Value(response.TrailingHeaders, StatusHeaders.Code) is null ? response.Headers : response.TrailingHeaders;
        return Value(from, StatusHeaders.Code) is { } code
            ? StatusHeaders.Parse(code, Value(from, StatusHeaders.Message), Value(from, StatusHeaders.Details))
            : new GrpcStatus(GrpcStatusCode.Internal, "The server ended the call without a status.");
    }

    /// <summary>The trailing metadata; a call without messages has it in its headers.</summary>
    internal static GrpcMetadata Trailers(HttpResponseMessage response) =>
        Metadata(Value(response.TrailingHeaders, StatusHeaders.Code) is null ? response.Headers : response.TrailingHeaders);

    /// <summary>Headers without those of the protocol and of HTTP.</summary>
    internal static GrpcMetadata Metadata(HttpResponseHeaders headers)
    {
        var metadata = new GrpcMetadata();
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
        {
            if (IsProtocol(name)) continue;
            foreach (string value in values) AddReceived(metadata, name, value);
        }

        return metadata;
    }

    internal static string? Value(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) ? values.ToString() : null;

    /// <summary>What a fault of the transport means for the call.</summary>
    internal static RpcException FromTransport(Exception fault)
    {
        GrpcStatusCode code = fault switch
        {
            _ when Http2Fault(fault) is { } http2 => (Http2Error)http2.ErrorCode switch
            {
                Http2Error.RefusedStream => GrpcStatusCode.Unavailable,
                Http2Error.Cancel => GrpcStatusCode.Cancelled,
                Http2Error.EnhanceYourCalm => GrpcStatusCode.ResourceExhausted,
                Http2Error.InadequateSecurity => GrpcStatusCode.PermissionDenied,
                _ => GrpcStatusCode.Internal,
            },
            HttpRequestException { InnerException: AuthenticationException } => GrpcStatusCode.Unavailable,
            // The transport disposes the stream of a request whose connection has gone, beneath whoever writes to it.
            HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException => GrpcStatusCode.Unavailable,
            _ => GrpcStatusCode.Internal,
        };
        string why = (fault.InnerException ?? fault).Message;
        return new RpcException(code, $"The call broke off: {why}", fault);
    }

    private static HttpProtocolException? Http2Fault(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is HttpProtocolException protocol) return protocol;
        }

        return null;
    }

    private static GrpcStatusCode FromHttp(HttpStatusCode code) => code switch
    {
        HttpStatusCode.BadRequest => GrpcStatusCode.Internal,
        HttpStatusCode.Unauthorized => GrpcStatusCode.Unauthenticated,
        HttpStatusCode.Forbidden => GrpcStatusCode.PermissionDenied,
        HttpStatusCode.NotFound => GrpcStatusCode.Unimplemented,
        HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Unknown,
    };

    private static bool IsProtocol(string name) =>
        name.StartsWith(GrpcMetadata.ReservedPrefix, StringComparison.OrdinalIgnoreCase)
        || name.Equals("date", StringComparison.OrdinalIgnoreCase)
        || name.Equals("server", StringComparison.OrdinalIgnoreCase);

    private static void AddReceived(GrpcMetadata metadata, string name, string value)
    {
        try
        {
            metadata.AddReceived(name, value);
        }
        catch (FormatException damaged)
        {
            throw new RpcException(GrpcStatusCode.Internal, $"The server's metadata '{name}' is not base64.", damaged);
        }
    }
}
