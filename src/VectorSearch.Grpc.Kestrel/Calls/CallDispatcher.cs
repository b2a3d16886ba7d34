using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// The short way from a gRPC request to its method: by its path, before the application's routing, which would find the
/// same endpoint with more work. Every other form of call, and every other path, goes the long way, past CORS too;
/// a browser cannot take this one, since it would have to ask before it sends a content type like this.
/// </summary>
internal sealed class CallDispatcher
{
    private readonly Dictionary<string, CallEndpoint> _endpoints = new(StringComparer.Ordinal);

    internal void Add(string path, CallEndpoint endpoint) => _endpoints.Add(path, endpoint);

    /// <summary>Puts the short way before the routing of an application that has not been given a place of its own yet.</summary>
    internal void Use(IApplicationBuilder application)
    {
        application.Use(next => http => Find(http) is { } endpoint ? endpoint.InvokeAsync(http) : next(http));
        application.UseRouting();
    }

    private CallEndpoint? Find(HttpContext http)
    {
        HttpRequest request = http.Request;
        return HttpMethods.IsPost(request.Method) && ProtocolSelection.IsPlainGrpc(http) ? _endpoints.GetValueOrDefault(request.Path.Value ?? "") : null;
    }
}
