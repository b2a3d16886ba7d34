namespace VectorSearch.Index;

/// <summary>
/// The changes of a <see cref="LayeredIndex"/> since its sealing, in blocks (<see cref="BlockWriter"/>); every section starts
/// a new block:
/// <list type="number">
/// <item>Header: <see cref="Magic"/> (i64), <see cref="Version"/>, dimension, metric (i32 each), digest of the sealed rows
/// (32 bytes), sealed rows, sealed rows removed, added rows that are live, slot bound (i32 each).</item>
/// <item>If any sealed row was removed: a bit for each by its place, 1 if it is live, in words of 64 (u64).</item>
/// <item>Added rows that are live, in the order of adding: slot (i32) and coordinates (float32 each).</item>
/// <item>End: <see cref="EndMark"/> (i64).</item>
/// </list>
/// </summary>
internal static class LayeredWriter
{
    /// <summary>"VSLAYER1".</summary>
    internal const long Magic = 0x3152_4559_414C_5356;

    internal const int Version = 1;

    /// <summary>"VSLAYEND".</summary>
    internal const long EndMark = 0x444E_4559_414C_5356;

    private const int WordBits = 64;

    internal static void Write(Stream stream, Layer layer, LayeredMoment moment, int slotBound)
    {
        var liveSealed = PlaceBits.Count(moment.Words, moment.SealedCount);
        BlockWriter writer = new(stream);
        writer.WriteInt64(Magic);
        writer.WriteInt32(Version);
        writer.WriteInt32(layer.Rows.Dimension);
        writer.WriteInt32((int)layer.Rows.Metric);
        writer.Write(Convert.FromHexString(layer.Rows.Digest));
        writer.WriteInt32(moment.SealedCount);
        writer.WriteInt32(moment.SealedCount - liveSealed);
        writer.WriteInt32(moment.LiveCount - liveSealed);
        writer.WriteInt32(slotBound);
        writer.Flush();
        if (liveSealed < moment.SealedCount)
        {
            for (var first = 0; first < moment.SealedCount; first += WordBits)
                writer.WriteInt64((long)(moment.Words[first / WordBits] & WordMask(moment.SealedCount - first)));
            writer.Flush();
        }

        for (var place = moment.SealedCount; place < moment.PlaceCount; place++)
        {
            if (!moment.IsLive(place)) continue;
            writer.WriteInt32(layer.Changes.SlotOf(place));
            writer.WriteFloats(layer.Changes.Added[place - moment.SealedCount]);
        }

        writer.Flush();
        writer.WriteInt64(EndMark);
        writer.Flush();
    }

    /// <summary>The bits of a word that stand for so many places, at most all.</summary>
    internal static ulong WordMask(int places) => places >= WordBits ? ulong.MaxValue : (1UL << places) - 1;
}
