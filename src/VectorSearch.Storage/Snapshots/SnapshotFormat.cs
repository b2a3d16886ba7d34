namespace VectorSearch.Storage;

/// <summary>
/// A snapshot file, little-endian. Sections lie one after another, each padded with zeros to a whole number of blocks of
/// <see cref="BlockBytes"/>; then the table of CRC32Cs, one u32 per block; then the table of sections; then the footer.
/// <para>Section table: per section name length u16, UTF-8 name, offset i64, length i64.</para>
/// <para>Footer: CRC32C u32 of both tables, section count u32, data length i64, table length i64, file length i64,
/// version u32, CRC32C u32 of the footer before it, magic u64 <c>"VSSNAP01"</c>.</para>
/// The footer is written last, so a file without a good one is not a snapshot.
/// </summary>
internal static class SnapshotFormat
{
    public const int BlockBytes = 1 << 16;
    public const int FooterBytes = 48;
    public const ulong Magic = 0x3130_5041_4E53_5356;
    public const uint Version = 1;
    public const int MaxSections = 64;
    public const int MaxNameBytes = 64;

    /// <summary>A named run of bytes.</summary>
    internal readonly record struct Section(string Name, long Offset, long Length);
}
