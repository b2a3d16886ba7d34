using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace VectorSearch.Server.Metrics;

/// <summary>How an instrument's measurements are put together.</summary>
internal enum MetricKind
{
    /// <summary>A sum that only grows.</summary>
    Counter,

    /// <summary>A value of this moment.</summary>
    Gauge,

    /// <summary>Measurements counted by size.</summary>
    Histogram,
}

/// <summary>All series of one instrument.</summary>
internal sealed class MetricFamily
{
    /// <summary>Series of one instrument; measurements with tags beyond them are put together.</summary>
    public const int MaxSeries = 2000;

    /// <summary>The first series, which are compared one by one: most instruments have few, and hashing tags costs more than that.</summary>
    private const int FewSeries = 8;

    private readonly ConcurrentDictionary<int, MetricSeries> _series = [];
    private volatile MetricSeries[] _first = [];
    private readonly MetricSeries _overflow;
    private readonly double[] _bounds;
    private readonly bool _observed;
    private readonly bool _adds;
    private int _count;

    public MetricFamily(Instrument instrument, double[] bounds)
    {
        Type type = instrument.GetType().GetGenericTypeDefinition();
        _observed = instrument.IsObservable;
        _adds = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        (Name, Unit, Description) = (instrument.Name, instrument.Unit ?? "", instrument.Description ?? "");
        _bounds = Kind == MetricKind.Histogram ? bounds : [];
        _overflow = new MetricSeries([new("overflow", "true")], _bounds);
    }

    public string Name { get; }

    public string Unit { get; }

    public string Description { get; }

    public MetricKind Kind { get; }

    /// <summary>Upper bounds of a histogram's buckets, without infinity.</summary>
    public IReadOnlyList<double> Bounds => _bounds;

    public IEnumerable<MetricSeries> Series
    {
        get
        {
            foreach (MetricSeries first in _series.Values)
            {
                for (MetricSeries? series = first; series is not null; series = series.Next) yield return series;
            }

            if (_overflow.IsUsed) yield return _overflow;
        }
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        MetricSeries series = Find(tags);
        if (Kind == MetricKind.Histogram) series.Observe(value, _bounds);
        else if (_adds) series.Add(value);
        else series.Set(value);
    }

    /// <summary>Drops what was observed at the last reading: a collection that is gone has no series any more.</summary>
    public void ForgetObserved()
    {
        if (!_observed) return;
        _series.Clear();
        _first = [];
        _count = 0;
    }

    private MetricSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        MetricSeries[] first = _first;
        foreach (MetricSeries one in first)
        {
            if (one.Has(tags)) return one;
        }

        MetricSeries found = FindByHash(tags);
        if (first.Length < FewSeries && found != _overflow) Interlocked.CompareExchange(ref _first, [.. first, found], first);
        return found;
    }

    private MetricSeries FindByHash(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        HashCode hash = default;
        foreach ((string name, object? value) in tags)
        {
            hash.Add(name);
            hash.Add(value);
        }

        int key = hash.ToHashCode();
        if (!_series.TryGetValue(key, out MetricSeries? series))
        {
            if (Interlocked.Increment(ref _count) > MaxSeries) return _overflow;
            series = _series.GetOrAdd(key, static (_, made) => made, new MetricSeries(tags.ToArray(), _bounds));
        }

        // Two sets of tags with one hash are rare, so a chain under a lock does.
        while (!series.Has(tags))
        {
            lock (_overflow) series = series.Next ??= new MetricSeries(tags.ToArray(), _bounds);
        }

        return series;
    }
}

/// <summary>The measurements of one instrument with the same tags.</summary>
internal sealed class MetricSeries(KeyValuePair<string, object?>[] tags, double[] bounds)
{
    private readonly long[] _buckets = bounds.Length == 0 ? [] : new long[bounds.Length + 1];
    private double _value;
    private long _used;

    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>Another series whose tags have the same hash.</summary>
    public MetricSeries? Next { get; set; }

    /// <summary>The sum, or the newest value.</summary>
    public double Value => Volatile.Read(ref _value);

    public bool IsUsed => Volatile.Read(ref _used) != 0;

    /// <summary>How many measurements fell into each bucket; the last one has no upper bound.</summary>
    public long[] Buckets => [.. _buckets.Select((_, i) => Interlocked.Read(ref _buckets[i]))];

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length) return false;
        for (int i = 0; i < tags.Length; i++)
        {
            if (others[i].Key != tags[i].Key || !Equals(others[i].Value, tags[i].Value)) return false;
        }

        return true;
    }

    public void Set(double value)
    {
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _used, 1);
    }

    public void Add(double value)
    {
        double seen = Volatile.Read(ref _value), known;
        do
        {
            known = seen;
            seen = Interlocked.CompareExchange(ref _value, known + value, known);
        }
        while (seen != known);
        Volatile.Write(ref _used, 1);
    }

    public void Observe(double value, double[] upper)
    {
        int bucket = 0;
        while (bucket < upper.Length && value > upper[bucket]) bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }
}
