using System.Collections.Concurrent;
using FASTER.core;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// FASTER's disk, as files <c>wal.log.0</c>, <c>wal.log.1</c>, … of one segment each. Beside what FASTER's own device does
/// it flushes the directory when a file is made, fills what a short read left over with zeros (FASTER would read what was
/// in the buffer before), keeps the operating system's error for the message, removes a segment only when the head file
/// no longer needs it, and can be made to fail by a test.
/// </summary>
internal sealed class SegmentDevice : StorageDeviceBase
{
    public const string FilePrefix = "wal.log";

    private const int SectorBytes = 512;

    private readonly string _directory;
    private readonly FileDurability _disk;
    private readonly ConcurrentDictionary<int, SafeFileHandle> _segments = new();
    private readonly Lock _opening = new();
    private long _retainFrom;
    private int _underWay;

    public SegmentDevice(string directory, FileDurability disk)
        : base(Path.Combine(directory, FilePrefix), SectorBytes, capacity: -1)
    {
        _directory = directory;
        _disk = disk;
        ThrottleLimit = 64;
    }

    /// <summary>The first operation that failed; null if none has.</summary>
    public StorageException? Failure { get; private set; }

    /// <summary>Segments before this address may be removed; set only after the head file says so.</summary>
    public void AllowRemovalBefore(long address) => Volatile.Write(ref _retainFrom, address);

    public string SegmentPath(int segment) => Path.Combine(_directory, $"{FilePrefix}.{segment}");

    public override unsafe void WriteAsync(
        IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite, DeviceIOCompletionCallback callback, object context)
    {
        byte* source = (byte*)sourceAddress;
        Queue(
            () => _disk.Write(
                Open(segmentId), SegmentPath(segmentId), new ReadOnlySpan<byte>(source, (int)numBytesToWrite), (long)destinationAddress),
            numBytesToWrite,
            callback,
            context);
    }

    public override unsafe void ReadAsync(
        int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        byte* destination = (byte*)destinationAddress;
        Queue(
            () => ReadOrZero(segmentId, new Span<byte>(destination, (int)readLength), (long)sourceAddress),
            readLength,
            callback,
            context);
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        Remove(segment);
        callback(result);
    }

    /// <summary>Deletes a segment unless the head file still needs it.</summary>
    public void Remove(int segment)
    {
        if ((segment + 1) * segmentSize > Volatile.Read(ref _retainFrom)) return;
        if (_segments.TryRemove(segment, out SafeFileHandle? file)) file.Dispose();
        _ = Try(() => _disk.Delete(SegmentPath(segment)));
    }

    /// <summary>Ends when no operation is under way: they work on memory of the log, which must not go before.</summary>
    public void Drain()
    {
        SpinWait wait = default;
        while (Volatile.Read(ref _underWay) > 0) wait.SpinOnce();
    }

    public override void Dispose()
    {
        foreach (SafeFileHandle file in _segments.Values) file.Dispose();
        _segments.Clear();
    }

    private void Queue(Action operation, uint bytes, DeviceIOCompletionCallback callback, object context)
    {
        Interlocked.Increment(ref _underWay);
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                uint error = Try(operation);
                callback(error, error == 0 ? bytes : 0, context);
                Interlocked.Decrement(ref _underWay);
            },
            null);
    }

    private void ReadOrZero(int segment, Span<byte> bytes, long offset)
    {
        int read = 0;
        if (_segments.ContainsKey(segment) || File.Exists(SegmentPath(segment)))
            read = _disk.Read(Open(segment), SegmentPath(segment), bytes, offset);
        bytes[read..].Clear();
    }

    private SafeFileHandle Open(int segment)
    {
        if (_segments.TryGetValue(segment, out SafeFileHandle? open)) return open;
        lock (_opening)
        {
            if (_segments.TryGetValue(segment, out open)) return open;
            string path = SegmentPath(segment);
            bool isNew = !File.Exists(path);
            open = _disk.OpenForWriting(path, create: true, writeThrough: true);
            try
            {
                if (isNew) _disk.FlushDirectory(_directory);
            }
            catch (StorageException)
            {
                open.Dispose();
                throw;
            }

            _segments[segment] = open;
            return open;
        }
    }

    /// <summary>FASTER takes errors as numbers; the reason is kept here.</summary>
    private uint Try(Action operation)
    {
        try
        {
            operation();
            return 0;
        }
        catch (StorageException e)
        {
            Failure ??= e;
            return uint.MaxValue;
        }
        catch (ObjectDisposedException e)
        {
            Failure ??= StorageException.Refused(_directory, "an operation on an open log", e);
            return uint.MaxValue;
        }
    }
}
