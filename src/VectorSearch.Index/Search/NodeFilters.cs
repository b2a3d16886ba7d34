using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>Which nodes may be answered; the walk passes through the others all the same.</summary>
internal interface INodeFilter
{
    bool Accepts(int slot);
}

/// <summary>For a graph in which every node is live.</summary>
internal readonly struct AnyNode : INodeFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Accepts(int slot) => true;
}

/// <summary>For a graph in which removed nodes still wait for the sweep.</summary>
internal readonly unsafe struct LiveNode(byte* states) : INodeFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Accepts(int slot) => NodeTable.IsLive(Volatile.Read(ref states[slot]));
}

/// <summary>Live nodes of a <see cref="SlotSet"/>.</summary>
internal readonly unsafe struct LiveMember(byte* states, ulong* words, int wordCount) : INodeFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Accepts(int slot) =>
        (slot >> 6) < wordCount && (words[slot >> 6] & (1UL << (slot & 63))) != 0 && NodeTable.IsLive(Volatile.Read(ref states[slot]));
}
