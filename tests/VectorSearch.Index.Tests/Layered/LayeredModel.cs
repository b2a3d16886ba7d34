using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Layered;

/// <summary>What a layered index should hold, by slot, and the comparison with what it answers.</summary>
internal sealed class LayeredModel(Metric metric)
{
    private const int K = 10;

    public Dictionary<int, float[]> Vectors { get; } = [];

    public static SealedIndex Seal(float[][] rows, Metric metric, int[]? slots = null) =>
        SealedBuilder.Build(SealedSamples.Matrix(rows), slots, new SealedOptions { Metric = metric, Threads = 2 });

    /// <summary>A layered index over some rows, and its model.</summary>
    public static LayeredIndex Create(float[][] rows, Metric metric, out LayeredModel model)
    {
        model = new LayeredModel(metric);
        for (var i = 0; i < rows.Length; i++) model.Vectors.Add(i, rows[i]);
        return new LayeredIndex(Seal(rows, metric));
    }

    /// <summary>Adds, replaces or removes at random.</summary>
    public void Change(LayeredIndex index, float[][] pool, Random random)
    {
        var vector = pool[random.Next(pool.Length)];
        var slot = Vectors.Count == 0 ? 0 : Vectors.Keys.ElementAt(random.Next(Vectors.Count));
        switch (random.Next(4))
        {
            case 0 or 1:
                Vectors.Add(index.Add(vector), vector);
                break;
            case 2 when Vectors.Count > 0:
                Vectors.Add(index.Replace(slot, vector), vector);
                Vectors.Remove(slot);
                break;
            default:
                Assert.Equal(Vectors.Remove(slot), index.Remove(slot));
                break;
        }
    }

    /// <summary>The index is sound, holds exactly these vectors, and answers exactly and nearly so as a plain scan does.</summary>
    public void Check(LayeredIndex index, float[][] queries)
    {
        var report = index.Validate();
        Assert.True(report.IsSound, $"{report}. {TestSeed.Describe}");
        Assert.Equal(Vectors.Count, index.Count);
        var read = new float[index.Dimension];
        for (var slot = -1; slot <= index.SlotCount; slot++)
        {
            Assert.Equal(Vectors.TryGetValue(slot, out var vector), index.Contains(slot));
            if (vector is null) continue;
            Assert.True(index.ReadVector(slot, read));
            if (metric != Metric.Cosine) Assert.Equal(vector, read);
        }

        long right = 0, wanted = 0;
        foreach (var query in queries)
        {
            var best = Vectors.Select(p => SealedSamples.Distance(metric, p.Value, query)).Order().Take(K).ToArray();
            Answers(index, query, new SealedRequest(K) { Exact = true }, best, best.Length);
            right += Answers(index, query, new SealedRequest(K) { TargetRecall = 0.99 }, best, 0);
            wanted += best.Length;
        }

        Assert.True(right >= 0.96 * wanted, $"{right} of {wanted}. {TestSeed.Describe}");
    }

    /// <summary>How many hits are as near as the k-th nearest.</summary>
    private int Answers(LayeredIndex index, float[] query, SealedRequest request, double[] best, int least)
    {
        var hits = new Neighbor[K];
        var count = index.Search(query, request, hits).Count;
        Assert.Equal(best.Length, count);
        Assert.Equal(count, hits[..count].Select(h => h.Slot).Distinct().Count());
        Assert.All(hits[..count], h => Assert.Contains(h.Slot, Vectors));
        if (count == 0) return 0;
        var bound = best[^1] + (Math.Abs(best[^1]) * 1e-4) + 1e-5;
        var right = hits[..count].Count(h => SealedSamples.Distance(metric, Vectors[h.Slot], query) <= bound);
        Assert.True(right >= least, $"{right} of {least} right. {TestSeed.Describe}");
        return right;
    }
}
