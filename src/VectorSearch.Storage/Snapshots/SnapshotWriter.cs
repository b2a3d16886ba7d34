using System.Buffers.Binary;
using System.Text;

namespace VectorSearch.Storage;

/// <summary>
/// Writes a snapshot aside, section by section, and puts it in place at the end. Until <see cref="Complete"/> returns
/// there is no snapshot of that name; after it, it is on disk whole.
/// </summary>
public sealed class SnapshotWriter : IDisposable
{
    private readonly AsideStream _file;
    private readonly List<SnapshotFormat.Section> _sections = [];
    private readonly List<uint> _checksums = [];
    private readonly byte[] _block = new byte[SnapshotFormat.BlockBytes];
    private int _filled;
    private long _written;

    /// <summary>Starts a snapshot.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="disk">Writes.</param>
    /// <exception cref="StorageException">The disk refused.</exception>
    public SnapshotWriter(string path, FileDurability disk) => _file = new AsideStream(path, disk);

    /// <summary>Starts a section; it ends when the next begins or the snapshot is completed.</summary>
    /// <returns>A stream to write the section to; no need to dispose of it.</returns>
    public Stream BeginSection(string name)
    {
        EndSection();
        _sections.Add(new SnapshotFormat.Section(name, _written, 0));
        return new SectionStream(this);
    }

    /// <summary>Bytes written to the section so far: the offset within it of what comes next.</summary>
    public long SectionLength => _written + _filled - _sections[^1].Offset;

    /// <summary>Ends the file, forces it to the disk, renames it into place and forces the name to the disk.</summary>
    /// <returns>Bytes of the file.</returns>
    /// <exception cref="StorageException">The disk refused; there is no snapshot.</exception>
    public long Complete()
    {
        EndSection();
        byte[] tables = Tables();
        byte[] footer = new byte[SnapshotFormat.FooterBytes];
        long length = _written + tables.Length + footer.Length;
        BinaryPrimitives.WriteUInt32LittleEndian(footer, Crc32C.Compute(tables));
        BinaryPrimitives.WriteInt32LittleEndian(footer.AsSpan(4), _sections.Count);
        BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(8), _written);
        BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(16), tables.Length);
        BinaryPrimitives.WriteInt64LittleEndian(footer.AsSpan(24), length);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(32), SnapshotFormat.Version);
        BinaryPrimitives.WriteUInt32LittleEndian(footer.AsSpan(36), Crc32C.Compute(footer.AsSpan(0, 36)));
        BinaryPrimitives.WriteUInt64LittleEndian(footer.AsSpan(40), SnapshotFormat.Magic);
        _file.Write(tables);
        _file.Write(footer);
        _file.Complete();
        return length;
    }

    /// <summary>Gives up a snapshot that was not completed.</summary>
    public void Dispose() => _file.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int take = Math.Min(bytes.Length, _block.Length - _filled);
            bytes[..take].CopyTo(_block.AsSpan(_filled));
            _filled += take;
            bytes = bytes[take..];
            if (_filled == _block.Length) FlushBlock();
        }
    }

    private void FlushBlock()
    {
        _checksums.Add(Crc32C.Compute(_block));
        _file.Write(_block);
        _written += _block.Length;
        _filled = 0;
    }

    private void EndSection()
    {
        if (_sections.Count == 0) return;
        SnapshotFormat.Section section = _sections[^1];
        if (section.Length == 0) _sections[^1] = section with { Length = SectionLength };
        if (_filled == 0) return;
        _block.AsSpan(_filled).Clear();
        FlushBlock();
    }

    private byte[] Tables()
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        foreach (uint checksum in _checksums) writer.Write(checksum);
        foreach (SnapshotFormat.Section section in _sections)
        {
            byte[] name = Encoding.UTF8.GetBytes(section.Name);
            writer.Write((ushort)name.Length);
            writer.Write(name);
            writer.Write(section.Offset);
            writer.Write(section.Length);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private sealed class SectionStream(SnapshotWriter owner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => owner.SectionLength;

        public override long Position
        {
            get => owner.SectionLength;
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => owner.Append(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => owner.Append(buffer);

        public override void Flush() => _ = owner;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
