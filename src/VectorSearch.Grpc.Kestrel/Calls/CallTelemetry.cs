using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Metrics and spans of calls, by method and status, named as OpenTelemetry's conventions for RPC servers have it. Nothing is
/// measured while nobody listens.
/// </summary>
internal static class CallTelemetry
{
    private static readonly Meter Meter = new(GrpcServerOptions.MeterName);
    private static readonly ActivitySource Source = new(GrpcServerOptions.ActivitySourceName);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "rpc.server.duration", "ms", "Time from a call's headers to its status.");

    private static readonly Histogram<double> Phase = Meter.CreateHistogram(
        "rpc.server.phase.duration", "ms", "Time spent on parts of a call: decode (bytes to message), encode (message to bytes).",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100] });

    private static long s_active;

    private static readonly KeyValuePair<string, object?> Decode = new("phase", "decode");
    private static readonly KeyValuePair<string, object?> Encode = new("phase", "encode");

    static CallTelemetry() => Meter.CreateObservableUpDownCounter("rpc.server.active_calls", () => Interlocked.Read(ref s_active), "{call}", "Calls under way.");

    internal static long Start()
    {
        Interlocked.Increment(ref s_active);
        return Duration.Enabled ? Stopwatch.GetTimestamp() : 0;
    }

    /// <summary>Begins the span of a call, as a part of the caller's if that sent its own (W3C trace context); null if nobody listens.</summary>
    internal static Activity? StartSpan(GrpcMethod method, HttpRequest request)
    {
        if (!Source.HasListeners()) return null;
        ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext parent);

        // The web host makes an activity of its own for its logs, which nobody samples; as a parent it would have our span dropped.
        Activity? host = Activity.Current;
        Activity.Current = null;
        Activity? span = Source.StartActivity(method.Path[1..], ActivityKind.Server, parent);
        if (span is null) Activity.Current = host;
        span?.SetTag("rpc.system", "grpc").SetTag("rpc.service", method.ServiceName).SetTag("rpc.method", method.Name);
        return span;
    }

    internal static void Stop(long started, ServerCall call, GrpcStatusCode code, Activity? span)
    {
        if (span is not null)
        {
            span.SetTag("rpc.grpc.status_code", (int)code);
            if (code != GrpcStatusCode.Ok) span.SetStatus(ActivityStatusCode.Error, code.ToString());
            span.Dispose();
        }

        Interlocked.Decrement(ref s_active);
        if (started == 0) return;
        GrpcMethod method = call.Method;
        KeyValuePair<string, object?> service = new("rpc.service", method.ServiceName), name = new("rpc.method", method.Name);
        Duration.Record(
            Stopwatch.GetElapsedTime(started).TotalMilliseconds, service, name, new KeyValuePair<string, object?>("rpc.grpc.status_code", StatusHeaders.CodeText(code)));
        if (method.Kind != GrpcMethodKind.Unary || !Phase.Enabled) return;
        if (call.Reader is { ParseTicks: > 0 and var parse }) Phase.Record(Milliseconds(parse), name, Decode);
        if (call.EncodeTicks > 0) Phase.Record(Milliseconds(call.EncodeTicks), name, Encode);
    }

    private static double Milliseconds(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds;
}
