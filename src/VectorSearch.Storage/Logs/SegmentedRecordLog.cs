using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// The log without FASTER: frames one after another in files <c>records.NNN</c> named by their first record, each commit a
/// write and a flush. It is the twin that <see cref="FasterRecordLog"/> is compared with in tests, and the way out should
/// FASTER ever have to go.
/// </summary>
public sealed class SegmentedRecordLog : IRecordLog
{
    private const string FilePrefix = "records.";

    private readonly string _directory;
    private readonly RecordLogOptions _options;
    private readonly FileDurability _disk;
    private readonly Lock _appending = new();
    private readonly MemoryStream _pending = new();
    private readonly List<ulong> _segments;
    private GroupCommitter? _committer;
    private SafeFileHandle? _file;
    private ulong _lastSequence;
    private long _fileLength;

    private SegmentedRecordLog(string directory, RecordLogOptions options, FileDurability disk)
    {
        _directory = directory;
        _options = options;
        _disk = disk;
        _segments = [.. Directory.EnumerateFiles(directory, FilePrefix + "*").Select(Number).Order()];
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
    public long DiskBytes => _segments.Sum(first => File.Exists(PathOf(first)) ? new FileInfo(PathOf(first)).Length : 0);

    /// <summary>Opens the log of a directory, which may be empty. Call <see cref="Replay"/> to its end before the first append.</summary>
    public static SegmentedRecordLog Open(string directory, RecordLogOptions options, FileDurability disk)
    {
        options.ThrowIfInvalid();
        disk.CreateDirectory(directory);
        return new SegmentedRecordLog(directory, options, disk);
    }

    /// <inheritdoc/>
    public IEnumerable<LogRecord> Replay(ulong afterSequence)
    {
        ulong last = _segments.Count > 0 ? _segments[0] - 1 : 0;
        if (last > afterSequence) throw StorageException.Damaged(PathOf(_segments[0]), 0, $"record {afterSequence + 1}", $"record {last + 1}");
        for (int i = 0; i < _segments.Count; i++)
        {
            string path = PathOf(_segments[i]);
            byte[] bytes = File.ReadAllBytes(path);
            int at = 0;
            while (at < bytes.Length)
            {
                int length = RecordFrame.PeekLength(bytes.AsSpan(at));
                if (length == 0 && i == _segments.Count - 1) break; // a torn tail: nobody was told that it is safe
                if (length == 0) throw StorageException.Damaged(path, at, "a record", "none");
                RecordFrame frame = RecordFrame.Read(bytes.AsSpan(at, length), path, at, out _);
                if (frame.Sequence != last + 1) throw StorageException.Damaged(path, at, $"record {last + 1}", $"record {frame.Sequence}");
                last = frame.Sequence;
                if (last > afterSequence)
                    yield return new LogRecord(frame, new LogPosition(last, at), bytes.AsMemory(at + RecordFrame.HeaderBytes, length - RecordFrame.HeaderBytes));
                at += length;
            }

            _fileLength = at;
        }

        _lastSequence = last;
        _committer = new GroupCommitter(last, () => LastSequence, Commit, _options.CommitInterval);
    }

    /// <inheritdoc/>
    public LogPosition Append(byte kind, byte flags, uint generation, ReadOnlySpan<byte> body)
    {
        GroupCommitter committer = _committer ?? throw new InvalidOperationException("Replay the log before the first append.");
        if (body.Length > _options.MaxBodyBytes)
            throw new ArgumentException($"A record holds up to {_options.MaxBodyBytes} bytes, this one has {body.Length}.", nameof(body));
        if (committer.Fault is { } fault) throw fault;
        byte[] bytes = new byte[RecordFrame.HeaderBytes + body.Length];
        lock (_appending)
        {
            ulong sequence = _lastSequence + 1;
            new RecordFrame(kind, flags, generation, sequence, committer.Durable).Write(body, bytes);
            _pending.Write(bytes);
            Volatile.Write(ref _lastSequence, sequence);
            committer.Notify();
            return new LogPosition(sequence, 0);
        }
    }

    /// <inheritdoc/>
    public ValueTask WhenDurableAsync(ulong sequence, CancellationToken cancellation = default) =>
        _committer!.WhenDurableAsync(sequence, cancellation);

    /// <inheritdoc/>
    public async Task TruncateThroughAsync(LogPosition position, CancellationToken cancellation = default)
    {
        await WhenDurableAsync(position.Sequence, cancellation).ConfigureAwait(false);
        lock (_appending)
        {
            while (_segments.Count > 1 && _segments[1] <= position.Sequence + 1)
            {
                _disk.Delete(PathOf(_segments[0]));
                _segments.RemoveAt(0);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_committer is { } committer) await committer.DisposeAsync().ConfigureAwait(false);
        _file?.Dispose();
        await _pending.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask Commit(ulong target)
    {
        byte[] bytes;
        lock (_appending)
        {
            bytes = _pending.ToArray();
            _pending.SetLength(0);
            if (bytes.Length == 0) return ValueTask.CompletedTask;
            if (_segments.Count == 0 || _fileLength >= _options.SegmentBytes) Roll(DurableSequence + 1);
        }

        string path = PathOf(_segments[^1]);
        _file ??= _disk.OpenForWriting(path, create: true);
        _disk.Write(_file, path, bytes, _fileLength);
        _disk.Flush(_file, path);
        _disk.FlushDirectory(_directory);
        _fileLength += bytes.Length;
        return ValueTask.CompletedTask;
    }

    private void Roll(ulong first)
    {
        _file?.Dispose();
        _file = null;
        _fileLength = 0;
        _segments.Add(first);
    }

    private static ulong Number(string path) =>
        ulong.Parse(Path.GetFileName(path)[FilePrefix.Length..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private string PathOf(ulong first) => Path.Combine(_directory, FilePrefix + first.ToString("x16", CultureInfo.InvariantCulture));
}
