using System.Net;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;

namespace VectorSearch.Grpc.Tests;

public class CorsTests
{
    private const string Origin = "https://films.example";

    [Fact]
    public async Task A_browser_may_ask_before_it_calls_and_read_the_status()
    {
        await using TestServer server = await StartAsync(new GrpcCors { AllowedOrigins = [Origin], ExposedMetadata = ["x-cost"] });
        using HttpResponseMessage preflight = await SendAsync(server, HttpMethod.Options, Origin);
        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(Origin, preflight.Headers.GetValues("access-control-allow-origin").Single());
        Assert.Contains("grpc-timeout", preflight.Headers.GetValues("access-control-allow-headers").Single(), StringComparison.Ordinal);

        using HttpResponseMessage call = await SendAsync(server, HttpMethod.Post, Origin);
        string exposed = call.Headers.GetValues("access-control-expose-headers").Single();
        Assert.Contains("grpc-status", exposed, StringComparison.Ordinal);
        Assert.Contains("x-cost", exposed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_origin_is_not_let_in()
    {
        await using TestServer server = await StartAsync(new GrpcCors { AllowedOrigins = [Origin] });
        using HttpResponseMessage preflight = await SendAsync(server, HttpMethod.Options, "https://other.example");
        Assert.False(preflight.Headers.Contains("access-control-allow-origin"));
    }

    [Fact]
    public async Task A_star_lets_every_page_in()
    {
        await using TestServer server = await StartAsync(new GrpcCors { AllowedOrigins = ["*"] });
        using HttpResponseMessage preflight = await SendAsync(server, HttpMethod.Options, "https://other.example");
        Assert.Equal("*", preflight.Headers.GetValues("access-control-allow-origin").Single());
    }

    [Fact]
    public void An_origin_that_is_none_is_named()
    {
        var cors = new GrpcCors { AllowedOrigins = ["films.example", "https://films.example/path", Origin] };
        ArgumentException fault = Assert.Throws<ArgumentException>(() => cors.AddTo(new Microsoft.Extensions.DependencyInjection.ServiceCollection()));
        Assert.EndsWith("these are not: films.example, https://films.example/path.", fault.Message, StringComparison.Ordinal);
    }

    private static Task<TestServer> StartAsync(GrpcCors cors) =>
        TestServer.StartAsync(grpc => grpc.Interop(), protocols: Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1, cors: cors);

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, HttpMethod method, string origin)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(server.Address, TestServer.UnaryCall.Path));
        request.Headers.Add("origin", origin);
        if (method == HttpMethod.Options)
        {
            request.Headers.Add("access-control-request-method", "POST");
            request.Headers.Add("access-control-request-headers", "content-type,grpc-timeout");
        }
        else
        {
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        }

        return await client.SendAsync(request);
    }
}
