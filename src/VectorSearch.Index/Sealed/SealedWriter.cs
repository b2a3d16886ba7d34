using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Index.Sealed;

/// <summary>Writes a sealed index in the form of <see cref="SealedFile"/>. The same index gives the same bytes.</summary>
internal static unsafe class SealedWriter
{
    public static void Write(SealedParts parts, Stream stream)
    {
        var small = SealedMetadata.Write(parts);
        var layout = LayoutOf(parts, small);
        fixed (byte* metadata = small)
        {
            fixed (int* ids = parts.Ids)
            {
                byte*[] starts = [metadata, (byte*)ids, parts.Lists.Blocks, parts.Rows.Data];
                var table = Checksums(starts, layout);
                var block = new byte[SealedFile.BlockBytes];
                stream.Write(SealedFile.Header(layout, SealedFile.Bytes(table)));
                for (var p = 0; p < SealedFile.PartCount; p++) Copy(starts[p], layout.Lengths[p], block, stream);
                stream.Write(SealedFile.Bytes(table));
            }
        }
    }

    /// <summary>The digest of the file that would be written; see <see cref="SealedFile.Digest"/>.</summary>
    public static string Digest(SealedParts parts)
    {
        var small = SealedMetadata.Write(parts);
        var layout = LayoutOf(parts, small);
        fixed (byte* metadata = small)
        {
            fixed (int* ids = parts.Ids)
            {
                var table = SealedFile.Bytes(Checksums([metadata, (byte*)ids, parts.Lists.Blocks, parts.Rows.Data], layout));
                return SealedFile.Digest(SealedFile.Header(layout, table), table);
            }
        }
    }

    private static SealedFile.Layout LayoutOf(SealedParts parts, byte[] small) =>
        SealedFile.Plan([small.Length, (long)parts.Ids.Length * sizeof(int), parts.Lists.Bytes, parts.Rows.Bytes]);

    private static uint[] Checksums(byte*[] starts, in SealedFile.Layout layout)
    {
        var table = new uint[layout.TableEntries];
        var block = new byte[SealedFile.BlockBytes];
        var next = 0;
        for (var p = 0; p < SealedFile.PartCount; p++) Checksum(starts[p], layout.Lengths[p], block, table, ref next);
        return table;
    }

    private static void Checksum(byte* data, long length, byte[] block, uint[] table, ref int next)
    {
        for (long at = 0; at < length; at += SealedFile.BlockBytes)
            table[next++] = Crc32C.Compute(Block(data, at, length, block));
    }

    private static void Copy(byte* data, long length, byte[] block, Stream stream)
    {
        for (long at = 0; at < length; at += SealedFile.BlockBytes) stream.Write(Block(data, at, length, block));
    }

    /// <summary>A whole block, padded with zeros where the part ends within it.</summary>
    private static ReadOnlySpan<byte> Block(byte* data, long at, long length, byte[] padded)
    {
        var bytes = (int)Math.Min(SealedFile.BlockBytes, length - at);
        if (bytes == SealedFile.BlockBytes) return new ReadOnlySpan<byte>(data + at, bytes);
        Array.Clear(padded);
        new ReadOnlySpan<byte>(data + at, bytes).CopyTo(padded);
        return padded;
    }
}

/// <summary>Reads what <see cref="SealedWriter"/> wrote; every block is checked before its bytes are used.</summary>
internal static unsafe class SealedReader
{
    public static SealedIndex Read(Stream stream)
    {
        var header = new byte[SealedFile.BlockBytes];
        var got = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        var layout = SealedFile.ReadHeader(header.AsSpan(0, got), stream.Length);
        var table = new uint[layout.TableEntries];
        stream.Position = layout.TableOffset;
        stream.ReadExactly(MemoryMarshal.AsBytes(table.AsSpan()));
        SealedFile.CheckRoot(header, SealedFile.Bytes(table));
        var parts = new NativeBuffer[SealedFile.PartCount];
        try
        {
            for (var p = 0; p < parts.Length; p++) parts[p] = ReadPart(stream, layout, p, table);
            var ids = new ReadOnlySpan<int>(parts[1].Start, (int)(layout.Lengths[1] / sizeof(int))).ToArray();
            var metadata = SealedMetadata.Read(parts[0].Span(0, (int)layout.Lengths[0]), layout.Offsets[0]);

            // The small parts are in arrays now.
            parts[0].Dispose();
            parts[1].Dispose();
            return metadata.Open(
                ids, layout, parts[2].Start, parts[3].Start, new Owned(parts), SealedFile.Digest(header, SealedFile.Bytes(table)));
        }
        catch
        {
            foreach (var part in parts) part?.Dispose();
            throw;
        }
    }

    private static NativeBuffer ReadPart(Stream stream, SealedFile.Layout layout, int part, uint[] table)
    {
        var padded = (layout.Lengths[part] + SealedFile.BlockBytes - 1) / SealedFile.BlockBytes * SealedFile.BlockBytes;
        var buffer = NativeBuffer.Allocate(Math.Max(SealedFile.BlockBytes, padded));
        try
        {
            stream.Position = layout.Offsets[part];
            for (long at = 0; at < padded; at += SealedFile.BlockBytes)
            {
                var block = buffer.Span(at, SealedFile.BlockBytes);
                stream.ReadExactly(block);
                SealedFile.CheckBlock(block, (int)((layout.Offsets[part] + at) / SealedFile.BlockBytes) - 1, table);
            }

            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private sealed class Owned(NativeBuffer[] parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts) part.Dispose();
        }
    }
}
