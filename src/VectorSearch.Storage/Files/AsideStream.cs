using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// A file that is written once, from its first byte to its last, aside; <see cref="Complete"/> forces it to the disk and puts
/// it in place. Until that returns there is no file of the name; after it, it is there whole.
/// </summary>
public sealed class AsideStream : Stream
{
    private const int BufferBytes = 1 << 20;

    /// <summary>
    /// Bytes between two flushes. Were all forced to the disk at the end, a write of the log would wait behind hundreds of
    /// megabytes.
    /// </summary>
    private const long FlushBytes = 4 << 20;

    private readonly FileDurability _disk;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly string _aside;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _filled;
    private long _written;
    private long _flushed;
    private bool _isComplete;

    /// <summary>Starts the file.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="disk">Writes.</param>
    /// <exception cref="StorageException">The disk refused.</exception>
    public AsideStream(string path, FileDurability disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        _disk = disk;
        _path = path;
        _aside = path + ".tmp";
        disk.Delete(_aside);
        _file = disk.OpenForWriting(_aside, create: true);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _written + _filled;

    /// <inheritdoc/>
    public override long Position
    {
        get => Length;
        set => throw new NotSupportedException();
    }

    /// <summary>Forces the file to the disk, renames it into place and forces the name to the disk.</summary>
    /// <exception cref="StorageException">The disk refused; there is no file of the name.</exception>
    public void Complete()
    {
        WriteOut();
        _disk.Flush(_file, _aside);
        _disk.Rename(_aside, _path);
        _isComplete = true;
    }

    /// <inheritdoc/>
    /// <exception cref="StorageException">The disk refused.</exception>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="StorageException">The disk refused.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int taken = Math.Min(buffer.Length, BufferBytes - _filled);
            buffer[..taken].CopyTo(_buffer.AsSpan(_filled));
            _filled += taken;
            buffer = buffer[taken..];
            if (_filled == BufferBytes) WriteOut();
        }
    }

    /// <summary>Does nothing: what counts is <see cref="Complete"/>.</summary>
    public override void Flush() => _ = _filled;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        if (!_isComplete) File.Delete(_aside);
        base.Dispose(disposing);
    }

    private void WriteOut()
    {
        if (_filled == 0) return;
        _disk.Write(_file, _aside, _buffer.AsSpan(0, _filled), _written);
        _written += _filled;
        _filled = 0;
        if (_written - _flushed < FlushBytes) return;
        _disk.Flush(_file, _aside);
        _flushed = _written;
    }
}
