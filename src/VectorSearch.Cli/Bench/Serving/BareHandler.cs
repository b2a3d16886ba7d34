using System.CommandLine;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VectorSearch.Cli.Commands;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>
/// <c>vectorsearch bench bare</c>: a handler on bare Kestrel that reads each request to its end and answers the same bytes
/// always. What a call costs at least, with our limits and without anything of ours around it.
/// </summary>
internal static class BareHandler
{
    public static Command Create()
    {
        Option<FileInfo> reply = new("--reply") { Description = "File with the bytes of the reply's body.", Required = true };
        Option<string> ready = new("--ready-file") { Description = "File to write the port to.", Required = true };
        Command command = new("bare", "Answer every call with the same bytes, as the least that a call can cost.") { reply, ready };
        command.Hidden = true;
        command.SetAction((parsed, cancellation) => RunAsync(File.ReadAllBytes(parsed.GetValue(reply)!.FullName), parsed.GetValue(ready)!, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(byte[] reply, string ready, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            KestrelLimits.Default.Configure(kestrel);
            kestrel.Listen(IPAddress.Loopback, 0, port => port.Protocols = HttpProtocols.Http2);
        });
        await using WebApplication application = builder.Build();
        application.MapPost("/{**path}", (RequestDelegate)(http => AnswerAsync(http, reply)));
        await application.StartAsync(cancellation);
        Uri address = new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        await File.WriteAllTextAsync(ready + ".partial", JsonSerializer.Serialize(new { grpc_port = address.Port }), cancellation);
        File.Move(ready + ".partial", ready, overwrite: true);
        await ServeCommand.WaitForCancellationAsync(cancellation);
        return 0;
    }

    private static async Task AnswerAsync(HttpContext http, byte[] reply)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await http.Request.BodyReader.ReadAsync();
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }

        http.Response.Headers.ContentType = "application/grpc";
        await http.Response.StartAsync();
        reply.CopyTo(http.Response.BodyWriter.GetSpan(reply.Length));
        http.Response.BodyWriter.Advance(reply.Length);
        http.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers.GrpcStatus = "0";
    }
}
