using System.Collections.Concurrent;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index;

/// <summary>
/// An index on its way to being sealed anew: <see cref="Build"/> makes a sealed index of what was live when the sealing
/// began, and <see cref="Adopt"/> puts it, or the same read back from its file, in the place of the old one together with
/// all that was added and removed meanwhile. Slots stay what they are. Searches and writers go on throughout; writers wait
/// only for the last of what was added, milliseconds.
/// </summary>
public sealed class LayeredSealing : IDisposable
{
    /// <summary>Rows that may be left for the moment in which writers wait.</summary>
    private const int FewRows = 256;

    /// <summary>Rounds of carrying rows over while writers go on: each leaves what they add meanwhile.</summary>
    private const int MaxRounds = 8;

    private readonly LayeredIndex _index;
    private readonly Layer _layer;
    private readonly SlotLease _lease;
    private readonly LayeredMoment _moment;
    private readonly ConcurrentQueue<int> _removed = new();
    private bool _ended;

    internal LayeredSealing(LayeredIndex index, Layer layer, SlotLease lease)
    {
        (_index, _layer, _lease) = (index, layer, lease);
        _moment = new LayeredMoment(layer);
    }

    /// <summary>Vectors that were live when the sealing began.</summary>
    public int Count => _moment.LiveCount;

    /// <summary>Builds the sealed index. Its rows are those that are kept: a form that rounds them rounds what was rounded before.</summary>
    /// <param name="options">What to build; the metric must be the same.</param>
    /// <param name="progress">Told of each stage.</param>
    /// <param name="cancel">Ends the build.</param>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public SealedIndex Build(SealedOptions options, IProgress<SealedProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ObjectDisposedException.ThrowIf(_ended, this);
        if (options.Metric != _index.Metric)
            throw new ArgumentException($"{nameof(options.Metric)} is {options.Metric}; expected {_index.Metric}, as the rows were sealed for.", nameof(options));
        var slots = new int[Count];
        var rows = new RowMatrix<float>(Count, _index.Dimension);
        var next = 0;
        for (var place = 0; place < _moment.PlaceCount; place++)
        {
            if (!_moment.IsLive(place)) continue;
            _layer.Read(place, rows[next]);
            slots[next++] = _layer.Changes.SlotOf(place);
        }

        return SealedBuilder.Build(rows, slots, options, progress, cancel);
    }

    /// <summary>Puts sealed rows in the place of the old ones; they belong to the index from then on.</summary>
    /// <param name="rows">What <see cref="Build"/> made, or the same out of a file.</param>
    /// <exception cref="ArgumentException">These are not the rows of this sealing; nothing has changed.</exception>
    public void Adopt(SealedIndex rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ObjectDisposedException.ThrowIf(_ended, this);
        if (FindDifference(rows) is { } difference) throw new ArgumentException(difference, nameof(rows));
        var fresh = new Layer(rows);
        try
        {
            var from = _moment.PlaceCount;
            for (var round = 0; round < MaxRounds && _layer.Changes.PlaceCount - from > FewRows; round++)
            {
                var end = _layer.Changes.PlaceCount;
                Carry(fresh, from, end);
                from = end;
            }

            _index.Alone(() => Finish(fresh));
        }
        catch
        {
            fresh.Changes.Dispose();
            throw;
        }

        End();
    }

    /// <summary>Gives the sealing up if it was not adopted.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _index.GiveUp(this);
        End();
    }

    /// <summary>Told of each removal since the sealing began.</summary>
    internal void NoteRemoved(int slot) => _removed.Enqueue(slot);

    /// <summary>Carries over what came and went since; no writer is at work, so that all rows are settled.</summary>
    private void Finish(Layer fresh)
    {
        Carry(fresh, _moment.PlaceCount, _layer.Changes.PlaceCount);
        var freed = new List<int>();
        for (var place = 0; place < _moment.PlaceCount; place++)
            if (!_moment.IsLive(place)) freed.Add(_layer.Changes.SlotOf(place));
        foreach (var slot in _removed)
        {
            // A slot that the new layer knows is freed when that layer is sealed.
            if (fresh.Changes.Places[slot] == SlotPlaces.None) freed.Add(slot);
            else fresh.Changes.Remove(slot);
        }

        _index.TakePlace(fresh, [.. freed]);
    }

    /// <summary>Adds what is live between two places and not yet there. A row on its way in is left for later.</summary>
    private void Carry(Layer fresh, int from, int end)
    {
        for (var place = from; place < end; place++)
        {
            if (!_layer.Changes.Live.Contains(place)) continue;
            var slot = _layer.Changes.SlotOf(place);
            if (!fresh.Changes.Contains(slot)) fresh.Changes.Put(fresh.Changes.Take(slot), _layer.Changes.Added[place - _moment.SealedCount], kept: true);
        }
    }

    private string? FindDifference(SealedIndex rows)
    {
        if (rows.Dimension != _index.Dimension || rows.Metric != _index.Metric)
            return $"The rows have {rows.Dimension} coordinates under {rows.Metric}; expected {_index.Dimension} under {_index.Metric}.";
        if (rows.Count != Count) return $"There are {rows.Count} rows; expected the {Count} that this sealing began with.";
        foreach (var slot in rows.Parts.Ids)
        {
            if (_layer.Changes.Places[slot] is var place && (place == SlotPlaces.None || place >= _moment.PlaceCount || !_moment.IsLive(place)))
                return $"There is a row of slot {slot}, which held none when this sealing began.";
        }

        return null;
    }

    private void End()
    {
        _ended = true;
        _lease.Dispose();
    }
}
