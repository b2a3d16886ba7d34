using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>What became of a sealed index since it was sealed: rows added, and which rows of both are live.</summary>
internal sealed unsafe class RowChanges : IDisposable
{
    private readonly NativeBuffer _bits;

    public RowChanges(SealedIndex rows, int maxAdded)
    {
        var places = (long)rows.Count + maxAdded;
        _bits = NativeBuffer.Allocate(Math.Max(sizeof(ulong), PlaceBits.BytesFor(places)), hugePages: false);
        Live = new PlaceBits((ulong*)_bits.Start);
        new Span<ulong>(_bits.Start, rows.Count / 64).Fill(ulong.MaxValue);
        for (var place = rows.Count / 64 * 64; place < rows.Count; place++) Live.TryAdd(place);
        Added = new AddedRows(rows, maxAdded, Live);
    }

    /// <summary>The places of rows that may be answered.</summary>
    public PlaceBits Live { get; }

    public AddedRows Added { get; }

    public long Bytes => Added.Bytes + PlaceBits.BytesFor(Added.FirstPlace + Added.Count);

    public void Dispose()
    {
        Added.Dispose();
        _bits.Dispose();
    }
}
