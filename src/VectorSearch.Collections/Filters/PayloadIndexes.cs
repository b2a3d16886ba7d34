namespace VectorSearch.Collections;

/// <summary>
/// The columns of all fields that a filter has named so far. The applier writes, filters read; one lock, held for the time
/// of one point or one filter.
/// </summary>
internal sealed class PayloadIndexes(PointTable table, int dimension) : IDisposable
{
    private readonly Dictionary<string, FieldColumn> _columns = new(StringComparer.Ordinal);
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly Lock _building = new();
    private readonly HashSet<string> _complete = new(StringComparer.Ordinal);
    private volatile int _begun;

    /// <summary>Bytes of memory held; estimated.</summary>
    public long MemoryBytes
    {
        get
        {
            if (!IsUsed) return 0;
            _lock.EnterReadLock();
            try
            {
                return _columns.Values.Sum(column => column.MemoryBytes);
            }
            finally
            {
                _lock.ExitReadLock();
            }
        }
    }

    /// <summary>Called with the name of a field whose column is complete.</summary>
    public Action<string>? OnComplete { get; set; }

    /// <summary>Whether there is any column.</summary>
    public bool IsUsed => _begun > 0;

    /// <summary>The fields that have a column.</summary>
    public IReadOnlyList<string> Fields
    {
        get
        {
            _lock.EnterReadLock();
            try
            {
                return [.. _complete];
            }
            finally
            {
                _lock.ExitReadLock();
            }
        }
    }

    /// <summary>
    /// Takes up a point that is about to be findable in a slot. A column that is begun after this may be filled before the
    /// point is in the table: if <see cref="HasBegunSince"/> then, it must be taken up again.
    /// </summary>
    /// <returns>How many columns had been begun.</returns>
    public int Put(int slot, ReadOnlySpan<byte> attachment)
    {
        int begun = _begun;
        if (begun == 0) return begun;
        Payload payload = PointCodec.ReadAttachment(attachment).Payload;
        _lock.EnterWriteLock();
        try
        {
            foreach ((string field, FieldColumn column) in _columns) column.Set(slot, payload.TryGetValue(field, out PayloadValue value) ? value : null);
            return begun;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Whether a column was begun since so many were; asked when the point is in the table.</summary>
    public bool HasBegunSince(int begun) => _begun != begun;

    /// <summary>Makes the columns that are missing.</summary>
    /// <exception cref="OperationCanceledException">The token fired; the column is made when it is next asked for.</exception>
    public void Require(IEnumerable<string> fields, CancellationToken cancellation = default)
    {
        foreach (string field in fields)
        {
            if (Has(field)) continue;
            lock (_building)
            {
                if (!Has(field)) Build(field, cancellation);
            }
        }
    }

    /// <summary>Reads columns while no one writes them.</summary>
    public T Read<T>(Func<IReadOnlyDictionary<string, FieldColumn>, T> read)
    {
        _lock.EnterReadLock();
        try
        {
            return read(_columns);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Dispose() => _lock.Dispose();

    private bool Has(string field)
    {
        _lock.EnterReadLock();
        try
        {
            return _complete.Contains(field);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    /// <summary>From the moment the column exists the applier keeps it; what was there before is filled in beside it.</summary>
    private void Build(string field, CancellationToken cancellation)
    {
        FieldColumn column = new();
        _lock.EnterWriteLock();
        _columns[field] = column;
        _begun++;
        _lock.ExitWriteLock();
        foreach (PointEntry entry in table.Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            byte[]? blob = entry.Blob?.Read();
            Payload payload = blob is null ? Payload.Empty : PointCodec.ReadAttachment(PointBlob.Attachment(blob, dimension)).Payload;
            PayloadValue? value = payload.TryGetValue(field, out PayloadValue found) ? found : null;
            _lock.EnterWriteLock();
            try
            {
                if (!entry.IsRetired) column.Fill(entry.Slot, value);
            }
            finally
            {
                _lock.ExitWriteLock();
            }
        }

        _lock.EnterWriteLock();
        _complete.Add(field);
        _lock.ExitWriteLock();
        OnComplete?.Invoke(field);
    }
}
