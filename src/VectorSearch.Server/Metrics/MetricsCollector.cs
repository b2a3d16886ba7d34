using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace VectorSearch.Server.Metrics;

/// <summary>
/// Keeps the newest state of every instrument of some meters, for whoever comes to read it. Recording takes no lock; a
/// series is found by the hash of its tags.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private static readonly double[] MillisecondBounds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
    private static readonly double[] SecondBounds = [.. MillisecondBounds.Select(bound => bound / 1000)];
    private static readonly double[] OtherBounds = [0, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

    /// <summary>Kestrel tells it twice a request with all tags of the connection; queues of our own say more.</summary>
    private const string PerRequest = "kestrel.queued_requests";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="meters">Names of meters.</param>
    /// <param name="scope">Of meters that have a scope, only those of this one: another server of this process has another.</param>
    public MetricsCollector(IReadOnlySet<string> meters, object scope)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Contains(instrument.Meter.Name) && instrument.Name != PerRequest && (instrument.Meter.Scope is null || instrument.Meter.Scope == scope))
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, one => new MetricFamily(one, Bounds(one))));
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>All families, by name, with their observable instruments asked anew.</summary>
    public IReadOnlyList<MetricFamily> Collect()
    {
        foreach (MetricFamily family in _families.Values) family.ForgetObserved();
        _listener.RecordObservableInstruments();
        return [.. _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static double[] Bounds(Instrument instrument)
    {
        if (instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised }) return [.. advised];
        return instrument.Unit switch
        {
            "ms" => MillisecondBounds,
            "s" => SecondBounds,
            _ => OtherBounds,
        };
    }
}
