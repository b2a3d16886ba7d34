using System.IO.Compression;

namespace VectorSearch.Learn;

/// <summary>Lines of a text file, plain or gzip (told by its first two bytes), as bytes in a reused buffer.</summary>
internal sealed class ByteLineReader : IDisposable
{
    /// <summary>Longest line read; an adjacency line of a million items has some 7 MB.</summary>
    public const int MaxLineBytes = 1 << 28;

    private const int InitialBuffer = 1 << 20;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[InitialBuffer];
    private int _from, _to;
    private bool _ended;

    public ByteLineReader(string path)
    {
        _path = path;
        try
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }

        Span<byte> magic = stackalloc byte[2];
        bool zipped = _file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
        _file.Position = 0;
        _stream = zipped ? new GZipStream(_file, CompressionMode.Decompress) : _file;
    }

    /// <summary>Number of the line read last, from 1.</summary>
    public long LineNumber { get; private set; }

    /// <summary>Bytes of the file consumed and its length: the base of progress.</summary>
    public (long Done, long Total) Position => (_file.Position, _file.Length);

    /// <summary>The next line without its end (LF or CRLF), valid until the next call; false at the end of the file.</summary>
    public bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_from + scanned, _to - _from - scanned).IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = Trim(_buffer.AsSpan(_from, scanned + end));
                _from += scanned + end + 1;
                LineNumber++;
                return true;
            }

            scanned = _to - _from;
            if (_ended)
            {
                line = Trim(_buffer.AsSpan(_from, scanned));
                _from = _to;
                if (scanned > 0) LineNumber++;
                return scanned > 0;
            }

            Fill();
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line is [.. var body, (byte)'\r'] ? body : line;

    private void Fill()
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            _to -= _from;
            _from = 0;
        }

        if (_to == _buffer.Length)
        {
            if (_buffer.Length >= MaxLineBytes)
                throw new DataFormatException(_path, LineNumber + 1, 0, $"the line is longer than {MaxLineBytes} bytes.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        try
        {
            int read = _stream.Read(_buffer.AsSpan(_to));
            _to += read;
            _ended = read == 0;
        }
        catch (InvalidDataException e)
        {
            throw new DataFormatException(_path, LineNumber + 1, 0, $"the gzip stream is damaged: {e.Message}", e);
        }
    }
}
