using System.Diagnostics.Metrics;
using VectorSearch.Collections;

namespace VectorSearch.Server.Metrics;

/// <summary>Where the time of queries goes, by phase; nothing is measured while nobody listens.</summary>
internal static class QueryTelemetry
{
    /// <summary>Name of the meter, for OpenTelemetry's <c>AddMeter</c>.</summary>
    public const string MeterName = "VectorSearch.Queries";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> Phase = Meter.CreateHistogram<double>(
        "vectorsearch.query.phase.duration", "ms", "Time of a query's phases: encode (features to vectors), filter, search, choose (groups, diversity), payload (ids, payloads and vectors of the answers).");

    private static readonly KeyValuePair<string, object?> Encode = new("phase", "encode"), Filter = new("phase", "filter"), Search = new("phase", "search"),
        Choose = new("phase", "choose"), Payload = new("phase", "payload");

    private static readonly TimeSpan Nothing = TimeSpan.FromMicroseconds(2);

    /// <summary>Takes the phases of one query; those that every query has, and the others if it had them.</summary>
    public static void Record(QueryPhases phases)
    {
        if (!Phase.Enabled) return;
        Phase.Record(phases.Search.TotalMilliseconds, Search);
        Phase.Record(phases.Gather.TotalMilliseconds, Payload);

        // A phase that a query does not have takes the time of two glances at the clock.
        if (phases.Encode > Nothing) Phase.Record(phases.Encode.TotalMilliseconds, Encode);
        if (phases.Filter > Nothing) Phase.Record(phases.Filter.TotalMilliseconds, Filter);
        if (phases.Choose > Nothing) Phase.Record(phases.Choose.TotalMilliseconds, Choose);
    }
}
