using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>What a collection tells of itself while its generations come and go.</summary>
public class StatusTests
{
    private const int Readers = 3;

    [Fact]
    public async Task Sizes_and_generations_are_told_while_sealed_generations_retire()
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        Collection points = await test.CreateAsync();
        await points.UpsertAsync(TestCatalog.Points(0, 200));
        points.IndexFields(["id"]);
        using CancellationTokenSource over = new();
        Task[] readers = [.. Enumerable.Range(0, Readers).Select(_ => Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                Assert.Equal(200, points.Status.Points);
                Assert.Equal(200, points.Statistics.Points);
                Assert.True(points.Status.MemoryBytes > 0);
                Assert.Single(points.Generations, one => one.State == GenerationState.Serving);
                Assert.Equal(["id"], points.IndexedFields);
            }
        }))];
        int seals = TestScale.Pick(6, 60);
        for (int seal = 0; seal < seals; seal++) await points.SealAsync();
        await over.CancelAsync();
        await Task.WhenAll(readers);
        Assert.Equal((ulong)seals + 1, points.Status.Generation);
    }
}
