using System.Net;
using System.Net.Http.Headers;

namespace VectorSearch.Grpc;

/// <summary>Makes the HTTP request of a call.</summary>
internal static class RequestHeaders
{
    private const string UserAgent = "vectorsearch-grpc-dotnet/0.1";

    private static readonly MediaTypeHeaderValue ContentType = new("application/grpc");

    internal static HttpRequestMessage Make(
        GrpcChannel channel, string path, GrpcCallOptions options, TimeSpan timeout, GrpcEncoding encoding, HttpContent content)
    {
        content.Headers.ContentType = ContentType;
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(channel.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        HttpRequestHeaders headers = request.Headers;
        // Without TE some proxies take the trailers away, and with them the status.
        headers.TryAddWithoutValidation("TE", "trailers");
        headers.TryAddWithoutValidation("User-Agent", UserAgent);
        headers.TryAddWithoutValidation(EncodingNames.AcceptHeaderName, EncodingNames.Accepted);
        if (encoding == GrpcEncoding.Gzip) headers.TryAddWithoutValidation(EncodingNames.HeaderName, EncodingNames.Gzip);
        if (timeout != System.Threading.Timeout.InfiniteTimeSpan) headers.TryAddWithoutValidation(GrpcTimeout.HeaderName, GrpcTimeout.Format(timeout));
        AddAll(headers, channel.Options.Headers);
        AddAll(headers, options.Headers);
        return request;
    }

    private static void AddAll(HttpRequestHeaders headers, GrpcMetadata? metadata)
    {
        if (metadata is null) return;
        foreach (GrpcMetadataEntry entry in metadata) headers.TryAddWithoutValidation(entry.Name, entry.Value);
    }
}
