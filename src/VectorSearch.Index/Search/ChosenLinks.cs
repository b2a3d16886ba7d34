namespace VectorSearch.Index;

/// <summary>The neighbours chosen for one node, a list for each level; keeps its room.</summary>
internal sealed class ChosenLinks
{
    private readonly int[] _slots = new int[(LevelSampler.MaxLevel + 1) * HnswOptions.MaxM];
    private readonly int[] _counts = new int[LevelSampler.MaxLevel + 1];

    /// <summary>The neighbours on a level.</summary>
    internal ReadOnlySpan<int> On(int level) => _slots.AsSpan(level * HnswOptions.MaxM, _counts[level]);

    /// <summary>The room of a level, to be filled and then counted by <see cref="SetCount"/>.</summary>
    internal Span<int> Room(int level) => _slots.AsSpan(level * HnswOptions.MaxM, HnswOptions.MaxM);

    internal void SetCount(int level, int count) => _counts[level] = count;
}
