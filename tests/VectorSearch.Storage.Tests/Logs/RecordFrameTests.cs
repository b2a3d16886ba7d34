using FsCheck;
using FsCheck.Fluent;

namespace VectorSearch.Storage.Tests;

public class RecordFrameTests
{
    private static byte[] Write(RecordFrame frame, byte[] body)
    {
        byte[] bytes = new byte[RecordFrame.HeaderBytes + body.Length];
        frame.Write(body, bytes);
        return bytes;
    }

    [Fact]
    public void A_frame_reads_back_as_it_was_written() =>
        Prop.ForAll<(byte Kind, byte Flags, uint Generation), (ulong Sequence, ulong Durable), byte[]>((a, b, body) =>
        {
            RecordFrame frame = new(a.Kind, a.Flags, a.Generation, b.Sequence, b.Durable);
            return RecordFrame.Read(Write(frame, body), "log", 0, out ReadOnlySpan<byte> read) == frame && read.SequenceEqual(body);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_single_flipped_bit_is_found_and_located()
    {
        byte[] good = Write(new RecordFrame(3, 1, 2, 77, 76), [1, 2, 3, 4, 5]);
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            StorageException found = Assert.Throws<StorageException>(() => RecordFrame.Read(bad, "wal.log.0", 1000, out _));
            Assert.Equal("wal.log.0", found.File);
            Assert.InRange(found.Offset, 1000, 1000 + RecordFrame.HeaderBytes);
        }
    }

    [Fact]
    public void Every_truncation_is_found()
    {
        byte[] good = Write(new RecordFrame(3, 1, 2, 77, 76), [1, 2, 3, 4, 5]);
        for (int length = 0; length < good.Length; length++)
            Assert.Throws<StorageException>(() => RecordFrame.Read(good.AsSpan(0, length), "log", 0, out _));
    }

    [Fact]
    public void A_frame_of_a_newer_version_is_refused_by_name()
    {
        byte[] bytes = Write(new RecordFrame(3, 1, 2, 77, 76), [1]);
        bytes[4] = 2;
        uint crc = Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, 32)), bytes.AsSpan(36));
        BitConverter.TryWriteBytes(bytes.AsSpan(32), crc);
        StorageException newer = Assert.Throws<StorageException>(() => RecordFrame.Read(bytes, "log", 0, out _));
        Assert.Equal(StorageFailure.Foreign, newer.Failure);
    }
}
