using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index;

/// <summary>
/// A sealed index that takes writes: sealed rows, rows added since and a note of which were removed answer as one. Vectors
/// live in numbered slots and keep their slot for life, also when the index is sealed anew (<see cref="BeginSealing"/>),
/// which is what gives the space of removed rows back and makes added ones as fast as sealed ones. What was added takes
/// memory as it comes; nothing needs to be known ahead.
/// <para>
/// Threads: <see cref="Add"/>, <see cref="Remove"/>, <see cref="Replace"/>, <see cref="Search"/>, <see cref="Contains"/>,
/// <see cref="ReadVector"/> and <see cref="Save"/> may be called by any number of threads at once, also while the index is
/// sealed anew. Searches wait for nobody. Writers wait for the moment that a save or a sealing shows, for what was added in
/// the last moments of a sealing, and for <see cref="Validate"/>. <see cref="Dispose"/> must come last.
/// </para>
/// </summary>
public sealed class LayeredIndex : IDisposable
{
    private readonly ReaderWriterLockSlim _structure = new();
    private readonly SlotPool _slots;
    private Layer _layer;
    private LayeredSealing? _sealing;

    /// <summary>Puts an empty delta over a sealed index, which belongs to this index from here on. Slots are those it was built with.</summary>
    public LayeredIndex(SealedIndex rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        (Dimension, Metric) = (rows.Dimension, rows.Metric);
        _layer = new Layer(rows);
        _slots = new SlotPool(_layer, rows.SlotBound);
    }

    internal LayeredIndex(Layer layer, int slotBound)
    {
        (Dimension, Metric) = (layer.Rows.Dimension, layer.Rows.Metric);
        _layer = layer;
        _slots = new SlotPool(layer, slotBound);
    }

    /// <summary>Coordinates a vector.</summary>
    public int Dimension { get; }

    /// <summary>How vectors are compared.</summary>
    public Metric Metric { get; }

    /// <summary>The sealed part. It belongs to this index, and is given back some time after another was adopted.</summary>
    public SealedIndex Sealed => Current.Rows;

    /// <summary>Vectors that may be answered.</summary>
    public int Count => Current.Changes.LiveCount;

    /// <summary>Slots ever used: all slots are below.</summary>
    public int SlotCount => _slots.Bound;

    /// <summary>Bytes that must be resident for full speed, rows included.</summary>
    public long MemoryBytes => GetStatistics() is var counts ? counts.SealedBytes + counts.ChangeBytes : 0;

    private Layer Current => Volatile.Read(ref _layer);

    /// <summary>An index without vectors.</summary>
    /// <param name="dimension">Coordinates a vector.</param>
    /// <param name="metric">How vectors are compared.</param>
    public static LayeredIndex Empty(int dimension, Metric metric) =>
        new(SealedBuilder.Build(new RowMatrix<float>(0, dimension), new SealedOptions { Metric = metric }));

    /// <summary>Adds a vector and returns its slot; every search that begins later finds it.</summary>
    /// <param name="vector">Shape [Dimension].</param>
    /// <exception cref="ArgumentException">See <see cref="VectorGuard"/>; the index is unchanged.</exception>
    /// <exception cref="InvalidOperationException">Every slot is taken.</exception>
    public int Add(ReadOnlySpan<float> vector)
    {
        VectorGuard.Check(vector, Dimension, Metric, nameof(vector));
        _structure.EnterReadLock();
        try
        {
            return AddShared(vector);
        }
        finally
        {
            _structure.ExitReadLock();
        }
    }

    /// <summary>Takes a vector out: no search that begins after the return answers it.</summary>
    /// <returns>False if the slot holds no vector.</returns>
    public bool Remove(int slot)
    {
        _structure.EnterReadLock();
        try
        {
            return RemoveShared(slot);
        }
        finally
        {
            _structure.ExitReadLock();
        }
    }

    /// <summary>
    /// Adds a vector and takes out the one that it replaces. A search meanwhile may find both: the new one is there before
    /// the old one goes.
    /// </summary>
    /// <param name="slot">Whose vector goes; if it holds none nothing is removed.</param>
    /// <param name="vector">Shape [Dimension].</param>
    /// <returns>The slot of the new vector.</returns>
    /// <exception cref="ArgumentException">See <see cref="VectorGuard"/>; the index is unchanged.</exception>
    /// <exception cref="InvalidOperationException">Every slot is taken.</exception>
    public int Replace(int slot, ReadOnlySpan<float> vector)
    {
        VectorGuard.Check(vector, Dimension, Metric, nameof(vector));
        _structure.EnterReadLock();
        try
        {
            var added = AddShared(vector);
            RemoveShared(slot);
            return added;
        }
        finally
        {
            _structure.ExitReadLock();
        }
    }

    /// <summary>Whether a slot holds a vector that may be answered.</summary>
    public bool Contains(int slot)
    {
        using var lease = Hold(out var layer);
        return layer.Changes.Contains(slot);
    }

    /// <summary>Copies a vector as it is kept: of unit length under cosine. False if the slot holds none.</summary>
    /// <exception cref="ArgumentException">The room is not Dimension long.</exception>
    public bool ReadVector(int slot, Span<float> vector)
    {
        if (vector.Length != Dimension)
            throw new ArgumentException($"The room has {vector.Length} coordinates; expected {Dimension}.", nameof(vector));
        using var lease = Hold(out var layer);
        if (!layer.Changes.Contains(slot)) return false;
        layer.Read(layer.Changes.Places[slot], vector);
        return true;
    }

    /// <summary>Finds the nearest vectors among sealed and added ones.</summary>
    /// <param name="query">Shape [Dimension].</param>
    /// <param name="request">How many, how well, which slots.</param>
    /// <param name="hits">Receives up to K hits, nearest first.</param>
    /// <returns>How many were found, min(K, length, matches), and what it cost.</returns>
    /// <exception cref="ArgumentException">A bad query or request; the message names the field, what came and what was expected.</exception>
    /// <exception cref="OperationCanceledException">The request's token was cancelled.</exception>
    public SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits)
    {
        VectorGuard.Check(query, Dimension, Metric, nameof(query));
        using var lease = Hold(out var layer);
        var level = layer.Rows.Level(request);
        request.CancellationToken.ThrowIfCancellationRequested();
        var wanted = Math.Min(request.K, hits.Length);
        var k = Math.Min(wanted, layer.Changes.LiveCount);
        if (k <= 0) return default(SearchOutcome).For(wanted);
        var plan = FilterPlan.For(request, level, layer.Rows, layer.Changes.Added.Count);
        return layer.Rows.Search(query, k, plan, request.Filter, layer.Changes, hits, out _, request.CancellationToken).For(wanted);
    }

    /// <summary>Keeps live slots from being given to other vectors until the lease is disposed; see <see cref="SlotLease"/>.</summary>
    public SlotLease LeaseSlots() => Hold(out _);

    /// <summary>
    /// Notes what is live, to be sealed while searches and writers go on; see <see cref="LayeredSealing"/>. One sealing at a
    /// time.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another sealing has not ended.</exception>
    public LayeredSealing BeginSealing()
    {
        _structure.EnterWriteLock();
        try
        {
            if (_sealing is not null) throw new InvalidOperationException("The index is being sealed already; expected that to be adopted or disposed first.");
            var lease = Hold(out var layer);
            _sealing = new LayeredSealing(this, layer, lease);
            return _sealing;
        }
        finally
        {
            _structure.ExitWriteLock();
        }
    }

    /// <summary>
    /// Writes what changed since the sealing; the sealed part has a file of its own (<see cref="SealedIndex.Save"/>), and
    /// <see cref="SealedIndex.Digest"/> of <see cref="Sealed"/> ties the two together. What is written is who was in the
    /// index at one moment; writers wait for a copy of a bit a slot.
    /// </summary>
    /// <param name="stream">Written to, from its present position.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        LayeredMoment moment;
        int bound;
        Layer layer;
        SlotLease lease;
        _structure.EnterWriteLock();
        try
        {
            lease = Hold(out layer);
            (moment, bound) = (new LayeredMoment(layer), _slots.Bound);
        }
        finally
        {
            _structure.ExitWriteLock();
        }

        using (lease) LayeredWriter.Write(stream, layer, moment, bound);
    }

    /// <summary>
    /// Reads what <see cref="Save"/> wrote, over the same sealed rows. Every count is checked before memory is taken for it,
    /// and every vector.
    /// </summary>
    /// <param name="stream">Read from its position to the end of the changes.</param>
    /// <param name="rows">The sealed part, resident or mapped. Belongs to the index that is returned; stays the caller's if loading fails.</param>
    /// <param name="threads">Threads that put the rows into lists; 0 for all cores.</param>
    /// <exception cref="IndexFormatException">The bytes are damaged, or belong to other sealed rows.</exception>
    public static LayeredIndex Load(Stream stream, SealedIndex rows, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        return LayeredReader.Read(stream, rows, threads);
    }

    /// <summary>Checks every invariant. Reads all of the index but the sealed rows and codes.</summary>
    public LayeredReport Validate()
    {
        _structure.EnterWriteLock();
        try
        {
            return LayeredValidator.Run(_layer, _slots.Bound, _slots.Free());
        }
        finally
        {
            _structure.ExitWriteLock();
        }
    }

    /// <summary>Counts of this moment.</summary>
    public LayeredStatistics GetStatistics()
    {
        using var lease = Hold(out var layer);
        var (rows, changes) = (layer.Rows, layer.Changes);
        var live = changes.LiveCount;
        return new LayeredStatistics
        {
            Live = live,
            Sealed = rows.Count,
            Added = changes.Added.Count,
            Removed = Math.Max(0, changes.PlaceCount - live),
            Slots = _slots.Bound,
            Reusable = _slots.FreeCount,
            SealedBytes = rows.MemoryBytes,
            ChangeBytes = changes.Bytes,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sealing?.Dispose();
        _layer.Release();
        _structure.Dispose();
    }

    /// <summary>Runs something while no writer is at work.</summary>
    internal void Alone(Action action)
    {
        _structure.EnterWriteLock();
        try
        {
            action();
        }
        finally
        {
            _structure.ExitWriteLock();
        }
    }

    /// <summary>Puts another layer in the place of the current one. Writers are kept out.</summary>
    /// <param name="fresh">Holds all that is live.</param>
    /// <param name="freed">Slots that hold nothing any more.</param>
    internal void TakePlace(Layer fresh, int[] freed)
    {
        var old = _layer;
        _slots.FreeAfter(old, freed);
        Volatile.Write(ref _layer, fresh);
        _sealing = null;
        old.Release();
    }

    /// <summary>Ends a sealing that was not adopted.</summary>
    internal void GiveUp(LayeredSealing sealing) => Interlocked.CompareExchange(ref _sealing, null, sealing);

    /// <exception cref="ObjectDisposedException">The index was disposed: its last layer is gone, and none takes its place.</exception>
    private SlotLease Hold(out Layer layer)
    {
        while (true)
        {
            layer = Current;
            if (layer.TryHold()) return new SlotLease(layer);
            ObjectDisposedException.ThrowIf(layer == Current, this);
        }
    }

    private int AddShared(ReadOnlySpan<float> vector)
    {
        var slot = _slots.Take();
        int number;
        try
        {
            number = _layer.Changes.Take(slot);
        }
        catch
        {
            _slots.GiveBack(slot);
            throw;
        }

        _layer.Changes.Put(number, vector, kept: false);
        return slot;
    }

    private bool RemoveShared(int slot)
    {
        if (!_layer.Changes.Remove(slot)) return false;
        _sealing?.NoteRemoved(slot);
        return true;
    }
}
