using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>gzip for single messages. Inflating stops as soon as the result is over its cap, so a bomb costs no more.</summary>
internal static class GzipCodec
{
    private const int ReadSize = 16 * 1024;

    internal static void Deflate(IMessage message, PooledBuffer target)
    {
        using var sink = new BufferWriterStream(target);
        using var gzip = new GZipStream(sink, CompressionLevel.Fastest);
        message.WriteTo(gzip);
    }

    internal static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(bytes);
        return target.ToArray();
    }

    /// <summary>Inflates one message.</summary>
    /// <exception cref="RpcException">
    /// <see cref="GrpcStatusCode.ResourceExhausted"/> past <paramref name="maxSize"/> bytes,
    /// <see cref="GrpcStatusCode.Internal"/> if it is not gzip.
    /// </exception>
    internal static PooledBuffer Inflate(in ReadOnlySequence<byte> source, int maxSize)
    {
        int length = (int)source.Length;
        byte[] compressed = ArrayPool<byte>.Shared.Rent(length);
        var inflated = new PooledBuffer(Math.Min(maxSize, ReadSize));
        try
        {
            source.CopyTo(compressed);
            using var gzip = new GZipStream(new MemoryStream(compressed, 0, length, writable: false), CompressionMode.Decompress);
            while (true)
            {
                // One byte past the cap is asked for, so that a message of exactly the cap is not taken for more.
                int room = (int)Math.Min(ReadSize, (long)maxSize - inflated.WrittenCount + 1);
                int read = gzip.Read(inflated.GetSpan(room)[..room]);
                if (read == 0)
                {
                    CheckWhole(compressed.AsSpan(0, length), inflated.WrittenCount);
                    return inflated;
                }

                inflated.Advance(read);
                if (inflated.WrittenCount > maxSize) throw MessageFrame.TooLarge($"over {maxSize} inflated", maxSize);
            }
        }
        catch (InvalidDataException damaged)
        {
            inflated.Dispose();
            throw new RpcException(GrpcStatusCode.Internal, "A message marked as compressed is not gzip.", damaged);
        }
        catch
        {
            inflated.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    /// <summary>
    /// GZipStream takes the end of its input for the end of the data. Only the last four bytes, the length of what was
    /// compressed (RFC 1952, ISIZE), tell that nothing is missing.
    /// </summary>
    private static void CheckWhole(ReadOnlySpan<byte> compressed, int inflatedSize)
    {
        // Some peers send an empty message as no bytes at all.
        if (compressed.IsEmpty) return;
        if (compressed.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(compressed[^sizeof(uint)..]) != (uint)inflatedSize)
            throw new InvalidDataException("The gzip data ends before its end.");
    }

    /// <summary>Lets GZipStream write into a buffer.</summary>
    private sealed class BufferWriterStream(PooledBuffer target) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => target.WrittenCount;

        public override long Position
        {
            get => target.WrittenCount;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer) => target.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => target.Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // The target is memory: what was written is there.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
