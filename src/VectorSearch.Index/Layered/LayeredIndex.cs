using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index;

/// <summary>
/// A sealed index that takes writes: sealed rows, rows added since and a note of which were removed answer as one. Slots
/// 0…n−1 are the rows of the sealed index as numbered there; added rows get n, n+1, … A removed row's slot is not used again,
/// and its space comes back, when the index is sealed anew (<see cref="Seal"/>).
/// <para>
/// Threads: <see cref="Add"/>, <see cref="Remove"/>, <see cref="Search"/>, <see cref="Contains"/> and <see cref="ReadVector"/>
/// may be called by any number of threads at once. Searches take no lock. <see cref="Dispose"/> must come last.
/// </para>
/// </summary>
public sealed unsafe class LayeredIndex : IDisposable
{
    private readonly RowChanges _changes;
    private int _live;

    /// <summary>Puts an empty delta over a sealed index, which belongs to this index from here on.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message lists all faults.</exception>
    public LayeredIndex(SealedIndex rows, LayeredOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        options ??= new LayeredOptions();
        if (options.Faults() is { Count: > 0 } faults) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        if ((long)rows.Count + options.MaxAdded > int.MaxValue)
            throw new ArgumentException($"{nameof(options.MaxAdded)} is {options.MaxAdded}; expected at most {int.MaxValue - rows.Count} over {rows.Count} sealed rows.", nameof(options));
        Sealed = rows;
        _changes = new RowChanges(rows, options.MaxAdded);
        _live = rows.Count;
        _ = rows.Places();
    }

    /// <summary>The sealed part; takes no writes.</summary>
    public SealedIndex Sealed { get; }

    /// <summary>Vectors that may be answered.</summary>
    public int Count => Volatile.Read(ref _live);

    /// <summary>Slots ever used: all slots are below.</summary>
    public int SlotCount => Sealed.Count + _changes.Added.Count;

    /// <summary>Rows added since the sealing, removed ones included.</summary>
    public int Added => _changes.Added.Count;

    /// <summary>Rows removed since the sealing, of both parts.</summary>
    public int Removed => SlotCount - Count;

    /// <summary>Bytes that must be resident for full speed, rows included.</summary>
    public long MemoryBytes => Sealed.MemoryBytes + _changes.Bytes + ((long)Sealed.Count * sizeof(int));

    /// <summary>Adds a vector and returns its slot; every search that begins later finds it.</summary>
    /// <param name="vector">Shape [Dimension].</param>
    /// <exception cref="ArgumentException">See <see cref="VectorGuard"/>; the index is unchanged.</exception>
    /// <exception cref="InvalidOperationException">There is no room; see <see cref="LayeredOptions.MaxAdded"/>.</exception>
    public int Add(ReadOnlySpan<float> vector)
    {
        VectorGuard.Check(vector, Sealed.Dimension, Sealed.Metric, nameof(vector));
        var slot = _changes.Added.Add(vector);
        Interlocked.Increment(ref _live);
        return slot;
    }

    /// <summary>Takes a vector out: no search that begins after the return answers it.</summary>
    /// <returns>False if the slot holds no vector.</returns>
    public bool Remove(int slot)
    {
        if ((uint)slot >= (uint)SlotCount || !_changes.Live.TryRemove(PlaceOf(slot))) return false;
        Interlocked.Decrement(ref _live);
        return true;
    }

    /// <summary>Whether a slot holds a vector that may be answered.</summary>
    public bool Contains(int slot) => (uint)slot < (uint)SlotCount && _changes.Live.Contains(PlaceOf(slot));

    /// <summary>Copies a vector as it is kept: of unit length under cosine. False if the slot holds none.</summary>
    /// <exception cref="ArgumentException">The room is not Dimension long.</exception>
    public bool ReadVector(int slot, Span<float> vector)
    {
        if (vector.Length != Sealed.Dimension)
            throw new ArgumentException($"The room has {vector.Length} coordinates; expected {Sealed.Dimension}.", nameof(vector));
        if (!Contains(slot)) return false;
        if (slot < Sealed.Count) Sealed.ReadVector(slot, vector);
        else _changes.Added.Read(slot, vector);
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
        VectorGuard.Check(query, Sealed.Dimension, Sealed.Metric, nameof(query));
        var level = Sealed.Level(request);
        request.CancellationToken.ThrowIfCancellationRequested();
        var wanted = Math.Min(request.K, hits.Length);
        var k = Math.Min(wanted, Count);
        if (k <= 0) return default(SearchOutcome).For(wanted);
        var plan = FilterPlan.For(request, level, Sealed, _changes.Added.Count);
        return Sealed.Search(query, k, plan, request.Filter, _changes, hits, out _, request.CancellationToken).For(wanted);
    }

    /// <summary>
    /// Builds a sealed index of all live vectors. This index goes on answering; writers must be kept out, or what they change
    /// meanwhile carried over by the caller.
    /// </summary>
    /// <param name="options">What to build; the metric must be the same.</param>
    /// <param name="slots">Receives for each row of the new index the slot that it has here, ascending.</param>
    /// <param name="progress">Told of each stage.</param>
    /// <param name="cancel">Ends the build.</param>
    public SealedIndex Seal(SealedOptions options, out int[] slots, IProgress<SealedProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Metric != Sealed.Metric)
            throw new ArgumentException($"{nameof(options.Metric)} is {options.Metric}; expected {Sealed.Metric}, as the rows were sealed for.", nameof(options));
        var end = SlotCount;
        var live = new List<int>(Count);
        for (var slot = 0; slot < end; slot++)
            if (Contains(slot)) live.Add(slot);
        slots = [.. live];
        var rows = new RowMatrix<float>(slots.Length, Sealed.Dimension);
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] < Sealed.Count) Sealed.ReadVector(slots[i], rows[i]);
            else _changes.Added.Read(slots[i], rows[i]);
        }

        return SealedBuilder.Build(rows, options, progress, cancel);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _changes.Dispose();
        Sealed.Dispose();
    }

    private int PlaceOf(int slot) => slot < Sealed.Count ? Sealed.Places()[slot] : slot;
}
