using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Copies the large parts of a mapped index into memory on huge pages.</summary>
internal static unsafe class SealedMover
{
    /// <summary>
    /// The same parts with codes, then rows, in memory as far as the budget goes. What is copied belongs to the new parts;
    /// the small parts go on belonging to the old ones.
    /// </summary>
    public static SealedParts Move(SealedParts parts, long budgetBytes, out long copied)
    {
        var lists = parts.Lists;
        var rows = parts.Rows;
        copied = 0;
        if (lists.Bytes > 0 && lists.Bytes <= budgetBytes)
        {
            var codes = Copy(lists.Blocks, lists.Bytes);
            copied += lists.Bytes;
            lists = new CodedLists(lists.RowStarts, lists.Spreads, lists.Dimension, lists.Bits, codes.Start, codes);
        }

        if (rows.Bytes > 0 && rows.Bytes <= budgetBytes - copied)
        {
            var data = Copy(rows.Data, rows.Bytes);
            copied += rows.Bytes;
            rows = new RowStore(rows.Format, rows.Rows, rows.Dimension, rows.Origin, rows.Scale, data.Start, data);
        }

        return new SealedParts
        {
            Form = parts.Form,
            Rotation = parts.Rotation,
            Centroids = parts.Centroids,
            Tree = parts.Tree,
            Lists = lists,
            Rows = rows,
            Ids = parts.Ids,
            Seed = parts.Seed,
            Efforts = parts.Efforts,
            Audit = parts.Audit,
            Guard = rows == parts.Rows ? parts.Guard : null,
        };
    }

    private static NativeBuffer Copy(byte* from, long bytes)
    {
        var buffer = NativeBuffer.Allocate(bytes);
        Buffer.MemoryCopy(from, buffer.Start, bytes, bytes);
        return buffer;
    }
}
