using System.Runtime.CompilerServices;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Blocks of rows that came into lists after these were laid out. A list with such a chain has its last block there too, unless
/// that is full, so that what came first fills its free places and is estimated with it at no cost. Structs, so that each
/// search loop is compiled for its own.
/// </summary>
internal unsafe interface IListChains
{
    /// <summary>The first block of a list's chain; null if it has none.</summary>
    byte* First(int list);

    /// <summary>The block after another of a chain; null after the last.</summary>
    byte* Following(byte* block);

    /// <summary>How uncertain the estimates of a list's chain are; see <see cref="CodedLists.Spreads"/>.</summary>
    float Spread(int list);

    /// <summary>Rows that came into a list.</summary>
    int Rows(int list);

    /// <summary>Asks for a block, if it is one.</summary>
    void Prefetch(byte* block);

    /// <summary>As <see cref="CodedLists.Scan"/>, of one block.</summary>
    int Scan(byte* block, in QueryTables query, float listBase, float threshold, byte* next, ulong* found);
}

/// <summary>Lists as they were laid out.</summary>
internal readonly unsafe struct NoChains : IListChains
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* First(int list) => null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Following(byte* block) => null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Spread(int list) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rows(int list) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(byte* block)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Scan(byte* block, in QueryTables query, float listBase, float threshold, byte* next, ulong* found) => 0;
}
