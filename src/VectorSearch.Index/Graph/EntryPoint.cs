namespace VectorSearch.Index;

/// <summary>The entry point and its level in one word, so that both are read at once.</summary>
internal readonly record struct EntryPoint(long Packed)
{
    internal EntryPoint(int slot, int level)
        : this(((long)level << 32) | (uint)slot)
    {
    }

    /// <summary>The entry point of an empty graph.</summary>
    internal static EntryPoint None => new(-1, -1);

    internal bool IsNone => Packed < 0;

    internal int Slot => (int)Packed;

    internal int Level => (int)(Packed >> 32);
}
