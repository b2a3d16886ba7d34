using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Reads what a request's headers say of the call.</summary>
internal static class RequestHeaders
{
    /// <summary>Reads <c>grpc-timeout</c> and starts the call's clock.</summary>
    /// <exception cref="RpcException">It is not a timeout.</exception>
    internal static void ReadTimeout(ServerCall call)
    {
        StringValues header = call.Http.Request.Headers.GrpcTimeout;
        if (StringValues.IsNullOrEmpty(header))
        {
            call.StartClock(null);
            return;
        }

        if (!GrpcTimeout.TryParse(header.ToString(), out TimeSpan timeout))
        {
            throw new RpcException(GrpcStatusCode.Internal,
                $"grpc-timeout is '{Shorten(header.ToString())}', expected 1 to {GrpcTimeout.MaxDigits} digits and one of H, M, S, m, u, n.");
        }

        call.StartClock(timeout);
    }

    /// <summary>Reads how the request is compressed and what the caller accepts.</summary>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.Unimplemented"/> for an encoding that is not known here.</exception>
    internal static GrpcEncoding ReadEncoding(ServerCall call)
    {
        IHeaderDictionary headers = call.Http.Request.Headers;
        StringValues accept = headers.GrpcAcceptEncoding;
        call.AcceptsGzip = !StringValues.IsNullOrEmpty(accept) && EncodingNames.AcceptsGzip(accept.ToString());
        StringValues name = headers.GrpcEncoding;
        if (StringValues.IsNullOrEmpty(name)) return GrpcEncoding.Identity;
        if (EncodingNames.TryParse(name.ToString(), out GrpcEncoding encoding)) return encoding;
        call.Http.Response.Headers.GrpcAcceptEncoding = EncodingNames.Accepted;
        throw new RpcException(GrpcStatusCode.Unimplemented,
            $"grpc-encoding is '{Shorten(name.ToString())}', and this server reads {EncodingNames.Accepted}.");
    }

    /// <summary>Binary metadata must be base64 even if no handler looks at it.</summary>
    /// <exception cref="RpcException">A value is not.</exception>
    internal static void CheckBinaryMetadata(ServerCall call)
    {
        foreach (KeyValuePair<string, StringValues> header in call.Http.Request.Headers)
        {
            if (!header.Key.EndsWith(GrpcMetadata.BinarySuffix, StringComparison.OrdinalIgnoreCase)) continue;
            // Reading the metadata decodes it.
            _ = call.RequestMetadata;
            return;
        }
    }

    /// <summary>The caller's own metadata.</summary>
    /// <exception cref="RpcException">A binary value is not base64.</exception>
    internal static GrpcMetadata Metadata(IHeaderDictionary headers)
    {
        var metadata = new GrpcMetadata();
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            if (IsProtocol(header.Key)) continue;
            foreach (string? value in header.Value)
            {
                try
                {
                    metadata.AddReceived(header.Key, value ?? "");
                }
                catch (FormatException damaged)
                {
                    throw new RpcException(GrpcStatusCode.Internal, $"The metadata '{Shorten(header.Key)}' is not base64.", damaged);
                }
            }
        }

        return metadata;
    }

    private static bool IsProtocol(string name) =>
        name.StartsWith(GrpcMetadata.ReservedPrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(':')
        || name.Equals("te", StringComparison.OrdinalIgnoreCase)
        || name.Equals("host", StringComparison.OrdinalIgnoreCase)
        || name.Equals("content-type", StringComparison.OrdinalIgnoreCase)
        || name.Equals("content-length", StringComparison.OrdinalIgnoreCase);

    // A peer's text goes into messages in part only, so that an error is not as long as its cause.
    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
