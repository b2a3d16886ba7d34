using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Metrics of calls, by method and status, named as OpenTelemetry's conventions for RPC servers have it. Nothing is
/// measured while nobody listens.
/// </summary>
internal static class CallTelemetry
{
    private static readonly Meter Meter = new(GrpcServerOptions.MeterName);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "rpc.server.duration", "ms", "Time from a call's headers to its status.");

    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>(
        "rpc.server.active_calls", "{call}", "Calls under way.");

    internal static long Start()
    {
        if (Active.Enabled) Active.Add(1);
        return Duration.Enabled ? Stopwatch.GetTimestamp() : 0;
    }

    internal static void Stop(long started, GrpcMethod method, GrpcStatusCode code)
    {
        if (Active.Enabled) Active.Add(-1);
        if (started == 0) return;
        Duration.Record(
            Stopwatch.GetElapsedTime(started).TotalMilliseconds,
            new KeyValuePair<string, object?>("rpc.service", method.ServiceName),
            new KeyValuePair<string, object?>("rpc.method", method.Name),
            new KeyValuePair<string, object?>("rpc.grpc.status_code", StatusHeaders.CodeText(code)));
    }
}
