using System.Diagnostics.Metrics;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Metrics of connections that wanted too much.</summary>
internal static class ConnectionTelemetry
{
    private static readonly Meter Meter = new(GrpcServerOptions.MeterName);

    internal static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "rpc.server.connection.refusals", "{connection}", "Connections closed as they came, because their address opened too many.");

    internal static readonly Counter<long> Paused = Meter.CreateCounter<long>(
        "rpc.server.connection.pauses", "{pause}", "Pauses in the reading of connections that sent too many control frames.");

    internal static readonly Counter<long> Cut = Meter.CreateCounter<long>(
        "rpc.server.connection.cuts", "{connection}", "Connections closed because they kept sending too many control frames.");
}
