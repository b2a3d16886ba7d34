using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VectorSearch.Collections;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Authorization;
using VectorSearch.Server.Metrics;

namespace VectorSearch.Server.Http;

/// <summary>What the HTTP port tells a person or a probe. With an access file, all but health wants the scope <c>read</c>.</summary>
internal sealed class StatusEndpoints(CollectionCatalog catalog, CallerDirectory? callers, MetricsCollector metrics)
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", (HttpContext http) => WriteAsync(http, new { status = "serving" }));
        endpoints.MapGet("/status", (HttpContext http) => ForReadersAsync(http, () => WriteAsync(http, new
        {
            collections = catalog.List().Select(collection => new
            {
                name = collection.Name,
                space_id = collection.Status.State is CollectionState.Serving or CollectionState.ReadOnly ? collection.Definition.Space.ToString() : "",
                state = collection.Status.State.ToString(),
                detail = collection.Status.Detail,
                points = collection.Status.Points,
                lsn = collection.Status.Lsn,
            }),
        })));
        endpoints.MapGet("/metrics", (HttpContext http) => ForReadersAsync(http, () =>
        {
            http.Response.ContentType = PrometheusText.ContentType;
            return http.Response.WriteAsync(PrometheusText.Write(metrics.Collect()), http.RequestAborted);
        }));
    }

    private async Task ForReadersAsync(HttpContext http, Func<Task> write)
    {
        if (callers is not null && await RefusalAsync(callers, http) is { } code)
        {
            http.Response.StatusCode = code;
            return;
        }

        await write();
    }

    private static async ValueTask<int?> RefusalAsync(CallerDirectory callers, HttpContext http)
    {
        try
        {
            if (await callers.FindAsync(http) is not { } caller) return StatusCodes.Status401Unauthorized;
            return caller.Scopes.Any(scope => scope.Access >= CallAccess.Read && scope.Resource is null) ? null : StatusCodes.Status403Forbidden;
        }
        catch (RpcException refused) when (refused.Code == GrpcStatusCode.Unauthenticated)
        {
            return StatusCodes.Status401Unauthorized;
        }
    }

    private static Task WriteAsync(HttpContext http, object value) => http.Response.WriteAsJsonAsync(value, http.RequestAborted);
}
