using System.Diagnostics.Metrics;
using VectorSearch.Collections;
using VectorSearch.Server.Overload;

namespace VectorSearch.Server.Metrics;

/// <summary>What a server tells of itself at any moment: its collections, its queues. Read when somebody asks.</summary>
internal sealed class ServerMeter : IDisposable
{
    /// <summary>Name of the meter, for OpenTelemetry's <c>AddMeter</c>.</summary>
    public const string Name = "VectorSearch.Server";

    private readonly CollectionCatalog _catalog;

    /// <summary>A meter of one server.</summary>
    public ServerMeter(CollectionCatalog catalog, AdmissionQueues queues)
    {
        _catalog = catalog;
        Meter = new Meter(new MeterOptions(Name) { Scope = this });
        Gauge("vectorsearch.collection.points", "{point}", "Live points.", status => status.Points);
        Gauge("vectorsearch.collection.points.unlinked", "{point}", "Points found by exact scan because the graph does not link them yet.", status => status.UnlinkedPoints);
        Gauge("vectorsearch.collection.generation", "", "The generation that answers.", status => (long)status.Generation);
        Gauge("vectorsearch.collection.memory", "By", "Estimated memory held.", status => status.MemoryBytes);
        Gauge("vectorsearch.collection.disk", "By", "Files.", status => status.DiskBytes);
        Gauge("vectorsearch.collection.log.lag", "{record}", "Records that reads reflect and the disk does not hold yet.", status => Lag(status.Lsn, status.DurableLsn));
        Gauge("vectorsearch.collection.snapshot.lag", "{record}", "Records that a restart would replay: those after the snapshot.", status => Lag(status.Lsn, status.SnapshotLsn));
        Meter.CreateObservableGauge(
            "vectorsearch.collection.state",
            () => from collection in catalog.List()
                  select new Measurement<int>(1, new("collection", collection.Name), new("state", collection.Status.State.ToString())),
            "", "1 for the state that a collection is in.");
        Meter.CreateObservableGauge(
            "vectorsearch.queue.running", () => queues.All.Select(one => new Measurement<int>(one.Queue.Running, new KeyValuePair<string, object?>("queue", one.Name))), "{call}", "Calls that have their place.");
        Meter.CreateObservableGauge(
            "vectorsearch.queue.waiting", () => queues.All.Select(one => new Measurement<int>(one.Queue.Waiting, new KeyValuePair<string, object?>("queue", one.Name))), "{call}", "Calls that wait for a place.");
        Meter.CreateObservableGauge("vectorsearch.replies.unwritten", () => queues.Unwritten.Bytes, "By", "Great replies that wait for their callers to read them.");
        Meter.CreateObservableGauge("vectorsearch.process.memory", () => Environment.WorkingSet, "By", "Resident memory of the process.");
    }

    /// <summary>The meter, scoped to this server.</summary>
    public Meter Meter { get; }

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    private void Gauge(string name, string unit, string description, Func<CollectionStatus, long> read) => Meter.CreateObservableGauge(
        name,
        () => from collection in _catalog.List()
              let status = collection.Status
              where status.State is CollectionState.Serving or CollectionState.ReadOnly
              select new Measurement<long>(read(status), new KeyValuePair<string, object?>("collection", collection.Name)),
        unit, description);

    private static long Lag(ulong newest, ulong older) => newest > older ? (long)(newest - older) : 0;
}
