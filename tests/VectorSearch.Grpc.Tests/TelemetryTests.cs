using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class TelemetryTests
{
    [Fact]
    public async Task Each_call_is_measured_under_its_method_and_status()
    {
        var measured = new ConcurrentBag<(string? Method, string? Code)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == GrpcServerOptions.MeterName && instrument.Name == "rpc.server.duration") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) =>
        {
            Dictionary<string, object?> byName = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);

            // Nothing is asserted here: a fault would be one of the call that is measured.
            if (value > 0) measured.Add(((string?)byName["rpc.method"], (string?)byName["rpc.grpc.status_code"]));
        });
        listener.Start();

        // Disposing the server waits for its calls, and so for their measurements.
        await using (TestServer server = await TestServer.StartAsync())
        {
            await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
            var failing = new SimpleRequest { ResponseStatus = new EchoStatus { Code = 9 } };
            await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, failing));
        }

        // Other tests' servers run beside this one and are measured too.
        Assert.Contains(("EmptyCall", "0"), measured);
        Assert.Contains(("UnaryCall", "9"), measured);
    }
}
