using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Layered;

public sealed class ListChainsTests
{
    private const int K = 10;
    private const int Dimension = 16;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(31, 1)]
    [InlineData(31, 2)]
    [InlineData(32, 1)]
    [InlineData(33, 31)]
    [InlineData(40, 700)]
    [InlineData(64, 64)]
    [InlineData(90, 5)]
    public void Rows_added_to_one_list_are_found_whether_or_not_its_last_block_is_full(int sealedRows, int added)
    {
        var rows = SealedSamples.Vectors(sealedRows + added, Dimension, salt: 60);
        using var index = new LayeredIndex(Seal(rows[..sealedRows], lists: 1));
        for (var i = sealedRows; i < rows.Length; i++)
        {
            index.Add(rows[i]);
            Assert.Equal(i, Nearest(index, rows[i], index.Sealed.Efforts.Count));
        }

        RequireSameAsScan(index, rows, _ => true);
    }

    [Fact]
    public void Removed_rows_of_a_block_that_was_copied_are_not_answered_and_the_others_are()
    {
        var rows = SealedSamples.Vectors(2_000, Dimension, salt: 61);
        using var index = new LayeredIndex(Seal(rows[..1_500], lists: 12));
        foreach (var row in rows[1_500..]) index.Add(row);
        for (var slot = 0; slot < rows.Length; slot += 3) Assert.True(index.Remove(slot));
        RequireSameAsScan(index, rows, slot => slot % 3 != 0);
    }

    [Theory]
    [InlineData(Metric.SquaredEuclidean)]
    [InlineData(Metric.InnerProduct)]
    public void Rows_added_over_a_mapped_file_are_found_before_and_after_it_moves_to_memory(Metric metric)
    {
        var rows = SealedSamples.Vectors(1_200, Dimension, salt: 63);
        using var folder = new TempDirectory();
        var path = Path.Combine(folder.Path, "rows.sealed");
        using (var built = Seal(rows[..1_000], lists: 9, metric))
        using (var stream = File.Create(path)) built.Save(stream);
        using var file = File.OpenRead(path);
        using var index = new LayeredIndex(SealedIndex.Map(file));
        foreach (var row in rows[1_000..1_100]) index.Add(row);
        RequireSameAsScan(index, rows[..1_100], _ => true, metric);
        index.Sealed.MoveToMemory();
        foreach (var row in rows[1_100..]) index.Add(row);
        RequireSameAsScan(index, rows, _ => true, metric);
    }

    private static SealedIndex Seal(float[][] rows, int lists, Metric metric = Metric.SquaredEuclidean) =>
        SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Lists = lists, Threads = 2 });

    private static int Nearest(LayeredIndex index, float[] query, int effort)
    {
        var hits = new Neighbor[1];
        Assert.Equal(1, index.Search(query, new SealedRequest(1) { Effort = effort }, hits).Count);
        return hits[0].Slot;
    }

    /// <summary>Chains are sound, a search of every row answers exactly, and one at the greatest effort nearly so.</summary>
    private static void RequireSameAsScan(LayeredIndex index, float[][] rows, Func<int, bool> live, Metric metric = Metric.SquaredEuclidean)
    {
        var report = index.Validate();
        Assert.True(report.IsSound, $"{report}. {TestSeed.Describe}");
        var hits = new Neighbor[K];
        long right = 0, wanted = 0;
        foreach (var query in SealedSamples.Vectors(40, Dimension, salt: 64))
        {
            var best = Enumerable.Range(0, rows.Length).Where(live).OrderBy(s => SealedSamples.Distance(metric, rows[s], query)).Take(K).ToArray();
            var bound = SealedSamples.Distance(metric, rows[best[^1]], query) + 1e-4;
            foreach (var request in new[] { new SealedRequest(K) { Exact = true }, new SealedRequest(K) { Effort = index.Sealed.Efforts.Count } })
            {
                var count = index.Search(query, request, hits).Count;
                Assert.Equal(best.Length, count);
                Assert.All(hits[..count], h => Assert.True(live(h.Slot)));
                var near = hits[..count].Select(h => h.Slot).Distinct().Count(s => SealedSamples.Distance(metric, rows[s], query) <= bound);
                if (request.Exact) Assert.Equal(count, near);
                else right += near;
            }

            wanted += best.Length;
        }

        Assert.True(right >= 0.97 * wanted, $"{right} of {wanted}. {TestSeed.Describe}");
    }
}
