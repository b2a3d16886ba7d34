using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Writes the sections of a <see cref="ModelFile"/> in one pass, with checksums and digest.</summary>
internal sealed class ModelSectionWriter : IDisposable
{
    internal static readonly byte[] Magic = "VSMODEL\n"u8.ToArray();
    internal static readonly byte[] End = "VSMODEND"u8.ToArray();

    private readonly Stream _stream;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private uint _crc;
    private bool _inDigest;

    public ModelSectionWriter(Stream stream, int version, int sections)
    {
        _stream = stream;
        Span<byte> header = stackalloc byte[20];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], version);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], sections);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32C.Compute(header[..16]));
        _stream.Write(header);
    }

    public void Write(string section, ReadOnlySpan<byte> payload)
    {
        Begin(section, payload.Length);
        Payload(payload);
        Close();
    }

    /// <summary>Count (u32), then each id as length (u32) and UTF-8.</summary>
    public void Write(string section, Vocabulary vocabulary)
    {
        long length = sizeof(int);
        foreach (string id in vocabulary.Ids) length += sizeof(int) + Encoding.UTF8.GetByteCount(id);
        Begin(section, length);
        Payload(BitConverter.GetBytes(vocabulary.Count));
        foreach (string id in vocabulary.Ids)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(id);
            Payload(BitConverter.GetBytes(utf8.Length));
            Payload(utf8);
        }

        Close();
    }

    /// <summary>Rows (u32), dimension (u32), floats row-major.</summary>
    public void Write(string section, VectorTable table)
    {
        Begin(section, (2 * sizeof(int)) + ((long)table.Rows * table.Dimension * sizeof(float)));
        Payload(BitConverter.GetBytes(table.Rows));
        Payload(BitConverter.GetBytes(table.Dimension));
        for (int row = 0; row < table.Rows; row++) Payload(MemoryMarshal.AsBytes(table[row]));
        Close();
    }

    /// <summary>Writes the trailer; returns the digest in hex.</summary>
    public string Finish()
    {
        byte[] digest = _digest.GetHashAndReset();
        Span<byte> trailer = stackalloc byte[44];
        End.CopyTo(trailer);
        digest.CopyTo(trailer[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[40..], Crc32C.Compute(trailer[..40]));
        _stream.Write(trailer);
        return Convert.ToHexStringLower(digest);
    }

    public void Dispose() => _digest.Dispose();

    private void Begin(string section, long length)
    {
        byte[] name = Encoding.UTF8.GetBytes(section);
        byte[] header = new byte[2 + name.Length + 8 + 4];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)name.Length);
        name.CopyTo(header, 2);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(2 + name.Length), length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(header.Length - 4), Crc32C.Compute(header.AsSpan(0, header.Length - 4)));
        _stream.Write(header);
        _inDigest = section != ModelFile.CardSection;
        if (_inDigest) _digest.AppendData(header.AsSpan(0, header.Length - 4));
        _crc = Crc32C.Start;
    }

    private void Payload(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
        if (_inDigest) _digest.AppendData(bytes);
        _crc = Crc32C.Append(_crc, bytes);
    }

    private void Close() => _stream.Write(BitConverter.GetBytes(Crc32C.Finish(_crc)));
}
