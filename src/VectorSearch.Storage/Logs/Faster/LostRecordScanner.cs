using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace VectorSearch.Storage;

/// <summary>
/// Looks at the bytes behind the end that a log recovered to. Whole records there are normal: they were on their way when
/// the process ended and nobody was told that they are safe. But if one of them says that a record was durable that the
/// log no longer has, then the end is not a torn tail but a hole.
/// </summary>
internal static class LostRecordScanner
{
    /// <summary>Unacknowledged records found, or the proof that acknowledged ones are missing.</summary>
    internal readonly record struct Result(int Unacknowledged, StorageException? Proof);

    /// <param name="segments">Paths of the segments from the one that holds the end, in order.</param>
    /// <param name="offset">Offset of the end in the first of them.</param>
    /// <param name="pageBytes">Records lie within pages.</param>
    /// <param name="lastSequence">Newest record that the log recovered.</param>
    /// <param name="disk">Reads.</param>
    public static Result Scan(IEnumerable<string> segments, long offset, int pageBytes, ulong lastSequence, FileDurability disk)
    {
        int unacknowledged = 0;
        byte[] page = new byte[pageBytes];
        foreach (string path in segments)
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            for (long at = offset; at < length; at = (at / pageBytes * pageBytes) + pageBytes)
            {
                int room = pageBytes - (int)(at % pageBytes);
                int read = disk.Read(file, path, page.AsSpan(0, room), at);
                if (InPage(page.AsSpan(0, read), path, at, lastSequence, ref unacknowledged) is { } proof)
                    return new Result(unacknowledged, proof);
            }

            offset = 0;
        }

        return new Result(unacknowledged, null);
    }

    private static StorageException? InPage(ReadOnlySpan<byte> page, string path, long offset, ulong lastSequence, ref int unacknowledged)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, RecordFrame.Magic);
        int at = 0;
        while (page[at..].IndexOf(magic) is >= 0 and int next)
        {
            at += next;
            int length = RecordFrame.PeekLength(page[at..]);
            if (length == 0 || !TryRead(page.Slice(at, length), path, offset + at, out RecordFrame frame))
            {
                at++;
                continue;
            }

            if (frame.DurableSequence > lastSequence)
            {
                return StorageException.Damaged(
                    path,
                    offset + at,
                    $"a log that reaches at least record {frame.DurableSequence}, which record {frame.Sequence} here knows to be on disk",
                    $"record {lastSequence} as the last good one");
            }

            if (frame.Sequence > lastSequence) unacknowledged++;
            at += length;
        }

        return null;
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, string path, long offset, out RecordFrame frame)
    {
        frame = default;
        try
        {
            frame = RecordFrame.Read(bytes, path, offset, out _);
            return true;
        }
        catch (StorageException)
        {
            return false; // not a record, or half of one: behind the end both are normal
        }
    }
}
