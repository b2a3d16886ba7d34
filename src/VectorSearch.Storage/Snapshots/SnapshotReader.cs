using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// Reads a snapshot. Sections read as streams are checked block by block before a byte is handed out. Safe for use by
/// many threads.
/// <para>Bytes are read with positioned reads, not through a mapping: an I/O error on a mapped page ends the process,
/// and the page cache serves both alike.</para>
/// </summary>
public sealed class SnapshotReader : IDisposable
{
    private readonly FileDurability _disk;
    private readonly SafeFileHandle _file;
    private readonly uint[] _checksums;
    private readonly List<SnapshotFormat.Section> _sections;

    private SnapshotReader(string path, FileDurability disk, SafeFileHandle file, uint[] checksums, List<SnapshotFormat.Section> sections)
    {
        FilePath = path;
        _disk = disk;
        _file = file;
        _checksums = checksums;
        _sections = sections;
    }

    /// <summary>Where it lies.</summary>
    public string FilePath { get; }

    /// <summary>Names of the sections, in the order they were written.</summary>
    public IReadOnlyList<string> Sections => [.. _sections.Select(section => section.Name)];

    /// <summary>Opens a snapshot and checks its footer and tables.</summary>
    /// <exception cref="StorageException">Missing, not whole, damaged or newer.</exception>
    public static SnapshotReader Open(string path, FileDurability disk)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        }
        catch (FileNotFoundException)
        {
            throw StorageException.Damaged(path, -1, "the file", "none");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StorageException.Refused(path, "opening it", e);
        }

        try
        {
            return Parse(path, disk, file);
        }
        catch (StorageException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Length of a section.</summary>
    /// <exception cref="StorageException">There is no such section.</exception>
    public long SectionLength(string name) => Find(name).Length;

    /// <summary>A section as a stream, checked block by block.</summary>
    /// <exception cref="StorageException">There is no such section; on reading, a block is damaged.</exception>
    public Stream OpenSection(string name) => new SectionStream(this, Find(name));

    /// <summary>Reads bytes of a section without checking their blocks: for records that carry their own checksum.</summary>
    /// <returns>Offset in the file, for the message should they be damaged.</returns>
    /// <exception cref="StorageException">The range is not within the section, or the disk refused.</exception>
    public long ReadAt(string name, long offset, Span<byte> bytes)
    {
        SnapshotFormat.Section section = Find(name);
        if (offset < 0 || offset > section.Length - bytes.Length)
            throw StorageException.Damaged(FilePath, section.Offset + offset, $"{bytes.Length} bytes within section '{name}'", $"{section.Length - offset}");
        int read = _disk.Read(_file, FilePath, bytes, section.Offset + offset);
        return read == bytes.Length
            ? section.Offset + offset
            : throw StorageException.Damaged(FilePath, section.Offset + offset, $"{bytes.Length} bytes", $"{read}");
    }

    /// <summary>Checks every block; each damaged one is named.</summary>
    public IEnumerable<StorageException> Verify()
    {
        byte[] block = new byte[SnapshotFormat.BlockBytes];
        for (int i = 0; i < _checksums.Length; i++)
        {
            if (TryReadBlock(i, block) is { } fault) yield return fault;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static SnapshotReader Parse(string path, FileDurability disk, SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (length < SnapshotFormat.FooterBytes)
            throw StorageException.Damaged(path, 0, $"a footer of {SnapshotFormat.FooterBytes} bytes", $"a file of {length}");
        long at = length - SnapshotFormat.FooterBytes;
        byte[] footer = new byte[SnapshotFormat.FooterBytes];
        disk.Read(file, path, footer, at);
        ulong magic = BinaryPrimitives.ReadUInt64LittleEndian(footer.AsSpan(40));
        if (magic != SnapshotFormat.Magic) throw StorageException.Damaged(path, at + 40, $"snapshot magic {SnapshotFormat.Magic:x16}", $"{magic:x16}");
        uint expected = Crc32C.Compute(footer.AsSpan(0, 36)), found = BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(36));
        if (found != expected) throw StorageException.Damaged(path, at + 36, $"CRC32C {expected:x8}", $"{found:x8}");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(32));
        if (version > SnapshotFormat.Version)
        {
            throw new StorageException(
                StorageFailure.Foreign, path, at + 32, $"snapshot version {SnapshotFormat.Version} or older", $"version {version}");
        }

        int sections = BinaryPrimitives.ReadInt32LittleEndian(footer.AsSpan(4));
        long data = BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(8));
        long tablesLength = BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(16));
        bool isConsistent = sections is >= 0 and <= SnapshotFormat.MaxSections && data >= 0 && data % SnapshotFormat.BlockBytes == 0 &&
            tablesLength >= data / SnapshotFormat.BlockBytes * sizeof(uint) && data + tablesLength == at &&
            BinaryPrimitives.ReadInt64LittleEndian(footer.AsSpan(24)) == length;
        if (!isConsistent) throw StorageException.Damaged(path, at, "lengths that add up to the file's", $"data {data}, tables {tablesLength}, file {length}");

        byte[] tables = new byte[tablesLength];
        disk.Read(file, path, tables, data);
        expected = Crc32C.Compute(tables);
        found = BinaryPrimitives.ReadUInt32LittleEndian(footer);
        if (found != expected) throw StorageException.Damaged(path, data, $"tables with CRC32C {found:x8}", $"{expected:x8}");
        uint[] checksums = new uint[data / SnapshotFormat.BlockBytes];
        for (int i = 0; i < checksums.Length; i++) checksums[i] = BinaryPrimitives.ReadUInt32LittleEndian(tables.AsSpan(i * sizeof(uint)));
        return new SnapshotReader(path, disk, file, checksums, ParseSections(tables.AsSpan(checksums.Length * sizeof(uint)), sections, data, path));
    }

    private static List<SnapshotFormat.Section> ParseSections(ReadOnlySpan<byte> table, int count, long data, string path)
    {
        List<SnapshotFormat.Section> sections = [];
        for (int i = 0; i < count; i++)
        {
            int name = table.Length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(table) : int.MaxValue;
            if (name > SnapshotFormat.MaxNameBytes || table.Length < sizeof(ushort) + name + 16)
                throw StorageException.Damaged(path, data, $"{count} sections in the table", $"{i}");
            long offset = BinaryPrimitives.ReadInt64LittleEndian(table[(2 + name)..]);
            long length = BinaryPrimitives.ReadInt64LittleEndian(table[(10 + name)..]);
            if (offset < 0 || length < 0 || offset > data - length)
                throw StorageException.Damaged(path, data, $"section {i} within {data} bytes", $"offset {offset}, length {length}");
            sections.Add(new SnapshotFormat.Section(Encoding.UTF8.GetString(table.Slice(2, name)), offset, length));
            table = table[(18 + name)..];
        }

        return sections;
    }

    private SnapshotFormat.Section Find(string name)
    {
        foreach (SnapshotFormat.Section section in _sections)
        {
            if (section.Name == name) return section;
        }

        throw StorageException.Damaged(FilePath, -1, $"a section '{name}'", string.Join(", ", Sections));
    }

    private StorageException? TryReadBlock(int index, byte[] block)
    {
        long offset = (long)index * SnapshotFormat.BlockBytes;
        int read = _disk.Read(_file, FilePath, block, offset);
        uint found = Crc32C.Compute(block);
        if (read == block.Length && found == _checksums[index]) return null;
        return StorageException.Damaged(FilePath, offset, $"a block with CRC32C {_checksums[index]:x8}", read < block.Length ? $"{read} bytes" : $"{found:x8}");
    }

    private sealed class SectionStream(SnapshotReader owner, SnapshotFormat.Section section) : Stream
    {
        private readonly byte[] _block = new byte[SnapshotFormat.BlockBytes];
        private long _position;
        private long _loaded = -1;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => section.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            long left = section.Length - _position;
            if (left == 0 || buffer.Length == 0) return 0;
            long at = section.Offset + _position;
            long block = at / SnapshotFormat.BlockBytes;
            if (block != _loaded)
            {
                if (owner.TryReadBlock((int)block, _block) is { } fault) throw fault;
                _loaded = block;
            }

            int within = (int)(at % SnapshotFormat.BlockBytes);
            int take = (int)Math.Min(Math.Min(left, buffer.Length), SnapshotFormat.BlockBytes - within);
            _block.AsSpan(within, take).CopyTo(buffer);
            _position += take;
            return take;
        }

        public override void Flush() => _ = owner;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
