using System.Globalization;
using FASTER.core;

namespace VectorSearch.Storage;

/// <summary>
/// The log on FasterLog, in a directory of its own: segments <c>wal.log.N</c> and the note <c>log.head</c>.
/// <para>
/// Guards against what FASTER 2.6.5 does on its own: commits lie in the log (fast commit), so that no commit file can be
/// lost; what must be there at least is in <see cref="LogHead"/>; every record has a number and a CRC32C of its own and
/// reading stops at the first that is not as expected; the bytes behind the end are searched for proof of loss; a log
/// that failed once takes nothing more; no record is empty or longer than a page; a page of memory is kept for commits.
/// </para>
/// </summary>
public sealed class FasterRecordLog : IRecordLog
{
    private readonly string _directory;
    private readonly RecordLogOptions _options;
    private readonly FileDurability _disk;
    private readonly SegmentDevice _device;
    private readonly HeadCommitManager _commits;
    private readonly FasterLog _log;
    private readonly TwoSlotFile _headFile;
    private readonly Lock _appending = new();
    private readonly Lock _headWriting = new();
    private GroupCommitter? _committer;
    private LogHead _head;
    private StorageException? _headFault;
    private byte[] _scratch = new byte[4096];
    private ulong _lastSequence;
    private ulong _provenSequence;
    private long _headWrittenAt;
    private bool _isClosed;

    private FasterRecordLog(string directory, RecordLogOptions options, FileDurability disk, TwoSlotFile headFile, LogHead head)
    {
        _directory = directory;
        _options = options;
        _disk = disk;
        _headFile = headFile;
        _head = head;
        _device = new SegmentDevice(directory, disk);
        _commits = new HeadCommitManager(head.Commit, (begin, until, commit) => WriteHead(begin, until, commit));
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitManager = _commits,
            PageSize = options.PageBytes,
            MemorySize = options.MemoryBytes,
            SegmentSize = options.SegmentBytes,
            LogChecksum = LogChecksumType.PerEntry,
            FastCommitMode = true,
            TryRecoverLatest = false, // recovery in the constructor swallows every exception
            TolerateDeviceFailure = false,
        });
    }

    /// <inheritdoc/>
    public ulong LastSequence => Volatile.Read(ref _lastSequence);

    /// <inheritdoc/>
    public ulong DurableSequence => _committer?.Durable ?? 0;

    /// <inheritdoc/>
    public StorageException? Fault => _committer?.Fault;

    /// <inheritdoc/>
    public Task<StorageException> Failed => _committer!.Failed;

    /// <inheritdoc/>
    public long DiskBytes => _log.TailAddress - _log.BeginAddress;

    /// <summary>Whole records behind the end that were dropped at <see cref="Replay"/> because nobody was told they are safe.</summary>
    public int DroppedRecords { get; private set; }

    /// <summary>Makes an empty log in a directory that has none.</summary>
    /// <param name="directory">Where; made if it is missing.</param>
    /// <param name="options">Sizes and intervals.</param>
    /// <param name="disk">Writes.</param>
    /// <param name="baseSequence">The first record gets the number after this one.</param>
    /// <exception cref="StorageException">There is a log already, or the disk refused.</exception>
    public static FasterRecordLog Create(string directory, RecordLogOptions options, FileDurability disk, ulong baseSequence = 0)
    {
        options.ThrowIfInvalid();
        disk.CreateDirectory(directory);
        string headPath = Path.Combine(directory, LogHead.FileName);
        if (File.Exists(headPath) || Segments(directory).Count > 0)
            throw StorageException.Damaged(directory, -1, "no log in the directory of a new one", "one");
        LogHead head = new(0, 0, baseSequence, baseSequence, []);
        TwoSlotFile file = TwoSlotFile.Create(disk, headPath, LogHead.Magic, LogHead.Version, head.ToBytes());
        FasterRecordLog log = new(directory, options, disk, file, head);
        log.Start(baseSequence);
        return log;
    }

    /// <summary>Opens a log. Call <see cref="Replay"/> to its end before the first append.</summary>
    /// <exception cref="StorageException">The log does not hold what its head file says it must.</exception>
    public static FasterRecordLog Open(string directory, RecordLogOptions options, FileDurability disk)
    {
        options.ThrowIfInvalid();
        string headPath = Path.Combine(directory, LogHead.FileName);
        TwoSlotFile file = TwoSlotFile.Open(disk, headPath, LogHead.Magic, LogHead.Version, out byte[] body);
        FasterRecordLog? log = null;
        try
        {
            log = new FasterRecordLog(directory, options, disk, file, LogHead.Parse(body, headPath));
            log.Recover();
            return log;
        }
        catch
        {
            log?.Close();
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<LogRecord> Replay(ulong afterSequence)
    {
        if (_committer is not null) throw new InvalidOperationException("The log has been replayed already.");
        ulong last = _head.BaseSequence;
        bool isFirst = true;
        foreach (LogRecord record in Scan())
        {
            if (isFirst) CheckFirst(record, afterSequence);
            else if (record.Frame.Sequence != last + 1) throw DamagedAt(record.Position.Address, $"record {last + 1}", $"record {record.Frame.Sequence}");
            isFirst = false;
            last = record.Frame.Sequence;
            if (last > afterSequence) yield return record;
        }

        CheckEnd(last, afterSequence);
        Start(last);
    }

    /// <inheritdoc/>
    public LogPosition Append(byte kind, byte flags, uint generation, ReadOnlySpan<byte> body)
    {
        GroupCommitter committer = _committer ?? throw new InvalidOperationException("Replay the log before the first append.");
        if (body.Length > _options.MaxBodyBytes)
            throw new ArgumentException($"A record holds up to {_options.MaxBodyBytes} bytes, this one has {body.Length}.", nameof(body));
        lock (_appending)
        {
            ulong sequence = _lastSequence + 1;
            int length = RecordFrame.HeaderBytes + body.Length;
            if (_scratch.Length < length) _scratch = new byte[Math.Max(length, 2 * _scratch.Length)];
            new RecordFrame(kind, flags, generation, sequence, committer.Durable).Write(body, _scratch);
            long address = Enqueue(committer, _scratch.AsSpan(0, length));
            Volatile.Write(ref _lastSequence, sequence);
            committer.Notify();
            return new LogPosition(sequence, address);
        }
    }

    /// <inheritdoc/>
    public ValueTask WhenDurableAsync(ulong sequence, CancellationToken cancellation = default) =>
        _committer!.WhenDurableAsync(sequence, cancellation);

    /// <inheritdoc/>
    public async Task TruncateThroughAsync(LogPosition position, CancellationToken cancellation = default)
    {
        await WhenDurableAsync(position.Sequence, cancellation).ConfigureAwait(false);
        _log.TruncateUntilPageStart(position.Address);
        await _committer!.CommitAsync(cancellation).ConfigureAwait(false);
        if (_headFault is { } fault) throw fault;

        // FASTER removes segments when its epochs have drained, which may be much later; nobody reads them any more.
        RemoveOldSegments();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed) return;
        if (_committer is { } committer)
        {
            await committer.DisposeAsync().ConfigureAwait(false);
            if (committer.Fault is null && _commits.Newest.Until > 0) WriteHead(_commits.Newest.Begin, _commits.Newest.Until, _commits.Newest.Description);
        }

        Close();
    }

    /// <summary>Closes the log without writing a byte, for whoever only looked.</summary>
    public void Abandon()
    {
        _committer?.Abandon();
        Close();
    }

    private void Close()
    {
        _isClosed = true;
        _device.Drain();
        _log.Dispose();
        _device.Dispose();
        _headFile.Dispose();
    }

    private static List<int> Segments(string directory)
    {
        List<int> numbers = [];
        foreach (string path in Directory.EnumerateFiles(directory, SegmentDevice.FilePrefix + ".*"))
        {
            string suffix = Path.GetFileName(path)[(SegmentDevice.FilePrefix.Length + 1)..];
            if (int.TryParse(suffix, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    private void Recover()
    {
        if (Segments(_directory).Count == 0)
        {
            if (_head.FloorSequence > _head.BaseSequence)
                throw StorageException.Damaged(_device.SegmentPath(0), -1, $"a log with at least record {_head.FloorSequence}", "no file");
            return;
        }

        try
        {
            _log.Recover();
        }
        catch (Exception e) when (e is FasterException or InvalidOperationException)
        {
            throw _device.Failure ?? new StorageException(
                StorageFailure.Damaged, _device.SegmentPath(SegmentOf(_head.FloorAddress)), -1, "a log that FASTER can recover", e.Message, e);
        }

        // FASTER takes a read error for the end of the log.
        if (_device.Failure is { } failure) throw failure;
        if (_log.CommittedUntilAddress < _head.FloorAddress)
            throw DamagedAt(_log.CommittedUntilAddress, $"a log that reaches address {_head.FloorAddress}", "its end");
        if (_log.BeginAddress < _head.BeginAddress || _log.BeginAddress > _log.CommittedUntilAddress)
            throw DamagedAt(_head.BeginAddress, $"a log that begins at address {_head.BeginAddress}", $"{_log.BeginAddress}");
        _device.AllowRemovalBefore(_head.BeginAddress);
        RemoveOldSegments();
    }

    private void RemoveOldSegments()
    {
        foreach (int segment in Segments(_directory)) _device.Remove(segment);
        if (_device.Failure is { } failure) throw failure;
    }

    private IEnumerable<LogRecord> Scan()
    {
        using FasterLogScanIterator iterator = _log.Scan(_log.BeginAddress, _log.CommittedUntilAddress, recover: false);
        long end = _log.BeginAddress;
        while (Next(iterator, end, out byte[] bytes, out int length, out long address, out end))
        {
            (string file, long offset) = Locate(address);
            RecordFrame frame = RecordFrame.Read(bytes.AsSpan(0, length), file, offset + EntryHeaderBytes, out _);
            yield return new LogRecord(frame, new LogPosition(frame.Sequence, address), bytes.AsMemory(RecordFrame.HeaderBytes, length - RecordFrame.HeaderBytes));
        }
    }

    /// <summary>After the first fault the iterator resumes inside a body: whatever it says then is not to be believed.</summary>
    private bool Next(FasterLogScanIterator iterator, long from, out byte[] bytes, out int length, out long address, out long next)
    {
        try
        {
            return iterator.GetNext(out bytes, out length, out address, out next);
        }
        catch (FasterException e)
        {
            throw _device.Failure ?? DamagedAt(from, "a record that FASTER can read", e.Message);
        }
    }

    private void CheckFirst(LogRecord record, ulong afterSequence)
    {
        ulong first = record.Frame.Sequence;
        bool isWhole = _log.BeginAddress < _options.PageBytes;
        ulong expected = isWhole ? _head.BaseSequence + 1 : afterSequence + 1;
        if (isWhole ? first != expected : first > expected)
            throw DamagedAt(record.Position.Address, $"record {expected}{(isWhole ? "" : " or an older one")} as the first", $"record {first}");
    }

    private void CheckEnd(ulong last, ulong afterSequence)
    {
        ulong expected = Math.Max(_head.FloorSequence, afterSequence);
        if (last < expected) throw DamagedAt(_log.CommittedUntilAddress, $"a log that reaches record {expected}", $"record {last} as the last");
        int segment = SegmentOf(_log.CommittedUntilAddress);
        LostRecordScanner.Result behind = LostRecordScanner.Scan(
            Segments(_directory).Where(number => number >= segment).Select(_device.SegmentPath),
            Segments(_directory).Contains(segment) ? _log.CommittedUntilAddress % _options.SegmentBytes : 0,
            _options.PageBytes,
            last,
            _disk);
        if (behind.Proof is { } proof) throw proof;
        DroppedRecords = behind.Unacknowledged;
    }

    private void Start(ulong last)
    {
        _lastSequence = last;
        _committer = new GroupCommitter(last, () => LastSequence, CommitAsync, _options.CommitInterval);
    }

    private async ValueTask CommitAsync(ulong target)
    {
        try
        {
            await _log.CommitAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is FasterException or CommitFailureException or InvalidOperationException)
        {
            throw _device.Failure ?? StorageException.Refused(_directory, "a commit of the log", e);
        }

        Volatile.Write(ref _provenSequence, target);
        if (_headFault is { } fault) throw fault;
        if (_options.Time.GetElapsedTime(_headWrittenAt) < _options.HeadInterval || _commits.Newest.Until == _head.FloorAddress) return;
        WriteHead(_commits.Newest.Begin, _commits.Newest.Until, _commits.Newest.Description);
        if (_headFault is { } written) throw written;
    }

    /// <summary>Must not throw: FASTER calls it from an I/O completion, where an exception would end the process.</summary>
    private void WriteHead(long begin, long until, byte[] commit)
    {
        lock (_headWriting)
        {
            try
            {
                LogHead head = new(begin, until, Math.Max(_head.FloorSequence, Volatile.Read(ref _provenSequence)), _head.BaseSequence, commit);
                _headFile.Write(head.ToBytes());
                _head = head;
                _headWrittenAt = _options.Time.GetTimestamp();
                _device.AllowRemovalBefore(begin);
            }
            catch (StorageException e)
            {
                _headFault ??= e;
            }
        }
    }

    private long Enqueue(GroupCommitter committer, ReadOnlySpan<byte> frame)
    {
        try
        {
            long address = 0;
            SpinWait wait = default;
            while (!LeavesRoomForCommit(frame.Length) || !_log.TryEnqueue(frame, out address))
            {
                // Memory is full of pages on their way to the disk.
                if (committer.Fault is { } fault) throw fault;
                committer.Hurry();
                wait.SpinOnce();
            }

            return committer.Fault is { } late ? throw late : address;
        }
        catch (Exception e) when (e is FasterException or CommitFailureException)
        {
            throw committer.Fault ?? _device.Failure ?? StorageException.Refused(_directory, "an append to the log", e);
        }
    }

    /// <summary>
    /// Whether one page stays free behind the record. FASTER looks for a failure of the disk when a commit begins and then
    /// waits, in a loop that nothing ends, for room for the commit's own record; were memory full of pages that the disk
    /// refuses from then on, it would wait for ever and so would all writers. Only one commit is under way at a time, so
    /// the page is enough: what is appended beside that commit may take it, the next commit finds it flushed.
    /// </summary>
    private bool LeavesRoomForCommit(int frameBytes)
    {
        long tail = _log.TailAddress;
        long page = tail / _options.PageBytes;
        if (tail % _options.PageBytes + EntryHeaderBytes + frameBytes + EntryAlignment > _options.PageBytes) page++;
        return page < _log.FlushedUntilAddress / _options.PageBytes + _options.MemoryBytes / _options.PageBytes - 1;
    }

    private const int EntryHeaderBytes = 12; // FASTER's: checksum i64, length i32
    private const int EntryAlignment = 4;

    private int SegmentOf(long address) => (int)(address / _options.SegmentBytes);

    private (string File, long Offset) Locate(long address) => (_device.SegmentPath(SegmentOf(address)), address % _options.SegmentBytes);

    private StorageException DamagedAt(long address, string expected, string actual)
    {
        (string file, long offset) = Locate(address);
        return StorageException.Damaged(file, offset, expected, actual);
    }
}
