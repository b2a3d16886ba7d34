namespace VectorSearch.Index;

/// <summary>The linked nodes above level 0 by their level, to find the tallest when the entry point goes. Guarded by the graph's entry lock.</summary>
internal sealed class LevelDirectory
{
    private readonly HashSet<int>[] _byLevel = new HashSet<int>[LevelSampler.MaxLevel + 1];

    internal LevelDirectory()
    {
        for (int level = 0; level < _byLevel.Length; level++) _byLevel[level] = [];
    }

    internal void Add(int slot, int level)
    {
        if (level > 0) _byLevel[level].Add(slot);
    }

    internal void Remove(int slot, int level) => _byLevel[level].Remove(slot);

    /// <summary>A node of the highest level above 0 that has one; false if there is none.</summary>
    internal bool TryFindTallest(out int slot, out int level)
    {
        for (level = _byLevel.Length - 1; level > 0; level--)
        {
            foreach (int found in _byLevel[level])
            {
                slot = found;
                return true;
            }
        }

        slot = -1;
        return false;
    }
}
