using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace VectorSearch.Grpc;

/// <summary>
/// The length-prefixed message of the protocol: one byte that is 0 or 1 (compressed), four bytes of length (big-endian),
/// and the message.
/// </summary>
internal static class MessageFrame
{
    /// <summary>Bytes before the message.</summary>
    internal const int PrefixSize = 5;

    private const byte Plain = 0;
    private const byte Compressed = 1;

    /// <summary>What a prefix says.</summary>
    /// <param name="IsCompressed">The message is in the call's encoding.</param>
    /// <param name="Length">Bytes of the message as it travels.</param>
    internal readonly record struct Prefix(bool IsCompressed, int Length);

    /// <summary>
    /// Reads the prefix as soon as its five bytes are there, and checks it before a byte of the message is waited for.
    /// </summary>
    /// <exception cref="RpcException">
    /// <see cref="GrpcStatusCode.Internal"/> if the first byte is neither 0 nor 1,
    /// <see cref="GrpcStatusCode.ResourceExhausted"/> if the length is over <paramref name="maxSize"/>.
    /// </exception>
    internal static bool TryReadPrefix(in ReadOnlySequence<byte> buffer, int maxSize, out Prefix prefix)
    {
        prefix = default;
        if (buffer.Length < PrefixSize) return false;
        Span<byte> bytes = stackalloc byte[PrefixSize];
        buffer.Slice(0, PrefixSize).CopyTo(bytes);

        if (bytes[0] > Compressed)
            throw new RpcException(GrpcStatusCode.Internal, $"The first byte of a message frame must be 0 or 1, it is {bytes[0]}.");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        if (length > (uint)maxSize) throw TooLarge(length.ToString(CultureInfo.InvariantCulture), maxSize);
        prefix = new(bytes[0] == Compressed, (int)length);
        return true;
    }

    /// <summary>Writes one message with its prefix; plain messages go straight into the target.</summary>
    /// <exception cref="RpcException"><see cref="GrpcStatusCode.ResourceExhausted"/> if it is over <paramref name="maxSize"/>.</exception>
    internal static void Write(IBufferWriter<byte> target, IMessage message, bool compress, int maxSize)
    {
        int size = message.CalculateSize();
        if (size > maxSize) throw TooLarge(size.ToString(CultureInfo.InvariantCulture), maxSize, "to send");
        if (compress)
        {
            using var compressed = new PooledBuffer(size);
            GzipCodec.Deflate(message, compressed);
            WritePrefix(target, Compressed, compressed.WrittenCount);
            target.Write(compressed.WrittenSpan);
            return;
        }

        WritePrefix(target, Plain, size);
        message.WriteTo(target);
    }

    internal static RpcException TooLarge(string size, int maxSize, string direction = "received") => new(
        GrpcStatusCode.ResourceExhausted,
        $"A message {direction} is too large: {size} bytes, and the limit is {maxSize} bytes.");

    private static void WritePrefix(IBufferWriter<byte> target, byte flag, int length)
    {
        Span<byte> prefix = target.GetSpan(PrefixSize);
        prefix[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], (uint)length);
        target.Advance(PrefixSize);
    }
}
