using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VectorSearch.Collections;

namespace VectorSearch.Server.Http;

/// <summary>What the HTTP port tells a person or a probe.</summary>
internal static class StatusEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints, CollectionCatalog catalog)
    {
        endpoints.MapGet("/healthz", (HttpContext http) => WriteAsync(http, new { status = "serving" }));
        endpoints.MapGet("/status", (HttpContext http) => WriteAsync(http, new
        {
            collections = catalog.List().Select(collection => new
            {
                name = collection.Definition.Name,
                space_id = collection.Definition.Space.ToString(),
                state = collection.Status.State.ToString(),
                detail = collection.Status.Detail,
                points = collection.Status.Points,
                lsn = collection.Status.Lsn,
            }),
        }));
    }

    private static Task WriteAsync(HttpContext http, object value) => http.Response.WriteAsJsonAsync(value, http.RequestAborted);
}
