using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;

// Usage: VectorSearch.Interop.Server [--port N]. Prints "listening on PORT, http on PORT" when it takes calls: gRPC on the
// first, gRPC-Web and JSON over HTTP/1.1 on the second. Ends by SIGTERM.
int flag = Array.IndexOf(args, "--port");
int port = flag >= 0 ? int.Parse(args[flag + 1], CultureInfo.InvariantCulture) : 0;
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseGuardedSockets();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    KestrelLimits.Default.Configure(kestrel);
    kestrel.Listen(IPAddress.Loopback, port, listen =>
    {
        listen.Protocols = HttpProtocols.Http2;
        KestrelLimits.Default.Guard(listen);
    });
    kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
});
var health = new HealthRegistry();
var drain = new GrpcDrain(health);
builder.Services.AddSingleton<IHostedService>(drain);
WebApplication app = builder.Build();
app.MapGrpc(new GrpcServerOptions { Drain = drain }, grpc => grpc.Interop().Health(health).Reflection());
await app.StartAsync();
health.Set(HealthRegistry.Server, serving: true);
health.Set(InteropService.Descriptor.FullName, serving: true);
Console.WriteLine($"listening on {new Uri(app.Urls.First()).Port}, http on {new Uri(app.Urls.Last()).Port}");
await app.WaitForShutdownAsync();
