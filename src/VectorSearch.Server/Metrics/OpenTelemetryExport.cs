using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using VectorSearch.Grpc.Kestrel;

namespace VectorSearch.Server.Metrics;

/// <summary>Sends metrics and traces to a collector of OpenTelemetry, as OTLP over HTTP.</summary>
internal static class OpenTelemetryExport
{
    /// <summary>Meters that the server tells by every way.</summary>
    public static IReadOnlySet<string> Meters { get; } =
        new HashSet<string> { ServerMeter.Name, GrpcServerOptions.MeterName, QueryTelemetry.MeterName, "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel" };

    private const string ServiceName = "vectorsearch";

    /// <summary>Registers the exporters.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="collector">Base address of the collector, as <c>http://localhost:4318</c>.</param>
    /// <param name="interval">Between two deliveries of metrics.</param>
    public static void Add(IServiceCollection services, Uri collector, TimeSpan interval) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService(ServiceName, serviceVersion: typeof(OpenTelemetryExport).Assembly.GetName().Version?.ToString(3)))
        .WithMetrics(metrics => metrics.AddMeter([.. Meters]).AddOtlpExporter((exporter, reader) =>
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.Endpoint = new Uri(collector, "v1/metrics");
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)interval.TotalMilliseconds;
        }))
        .WithTracing(traces => traces.AddSource(GrpcServerOptions.ActivitySourceName).AddOtlpExporter(exporter =>
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.Endpoint = new Uri(collector, "v1/traces");
        }));
}
