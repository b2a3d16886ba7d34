namespace VectorSearch.Collections.Tests.Generations;

/// <summary>Whoever looks at all generations may hold a set that is older than the last retirement.</summary>
public class GenerationSetTests
{
    [Theory]
    [InlineData(IndexKind.Sealed)]
    [InlineData(IndexKind.Hnsw)]
    public async Task A_generation_that_was_retired_meanwhile_is_left_out(IndexKind index)
    {
        LiveGeneration serving = LiveGenerationSetup.Make(1, index), retired = LiveGenerationSetup.Make(2, index);
        GenerationSet older = new(serving, [retired]);
        Assert.Equal([1UL, 2UL], older.Look(generation => generation.Number));
        await retired.DisposeAsync();
        Assert.Equal([1UL], older.Look(generation => generation.Number));
        Assert.Single(older.Look(generation => generation.Table.MemoryBytes));
        await serving.DisposeAsync();
        Assert.Empty(older.Look(generation => generation.Describe()));
    }

    [Fact]
    public async Task A_generation_that_is_looked_at_is_not_given_back_meanwhile()
    {
        LiveGeneration serving = LiveGenerationSetup.Make(1), leaving = LiveGenerationSetup.Make(2);
        GenerationSet set = new(serving, [leaving]);
        Task? retiring = null;
        set.Look(generation =>
        {
            if (generation != leaving) return 0;
            retiring = leaving.DisposeAsync().AsTask();
            Assert.False(retiring.IsCompleted);
            return generation.Table.MemoryBytes;
        });
        await retiring!;
        await serving.DisposeAsync();
    }
}
