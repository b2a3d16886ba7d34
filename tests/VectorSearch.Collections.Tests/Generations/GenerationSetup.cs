using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>A catalog with models 1, 2 and 3 and a collection of texts in the space of model 1.</summary>
internal sealed class GenerationSetup : IAsyncDisposable
{
    private GenerationSetup(TestCatalog test, NumberedModels models, NumberedModel[] model)
    {
        (Test, Models, Model) = (test, models, model);
    }

    public TestCatalog Test { get; }

    public NumberedModels Models { get; }

    /// <summary>The models by their numbers; [0] is not used.</summary>
    public NumberedModel[] Model { get; }

    public Collection Points => Test.Catalog.Get("points");

    public string Folder => Test.Folder("points");

    public static async Task<GenerationSetup> OpenAsync(int points, StorageFault? fault = null, Metric second = Metric.Cosine, long? snapshotAfter = null)
    {
        NumberedModels models = new();
        NumberedModel[] model = [null!, models.Add(1), models.Add(2, 12, second), models.Add(3, 6)];
        TestCatalog test = await TestCatalog.OpenAsync(Options(models, fault) with { SnapshotAfterLogBytes = snapshotAfter ?? new CatalogOptions().SnapshotAfterLogBytes });
        await test.Catalog.CreateAsync(model[1].Define("points"));
        GenerationSetup setup = new(test, models, model);
        if (points > 0) await setup.Points.UpsertAsync(NumberedModel.Texts(0, points));
        return setup;
    }

    public static CatalogOptions Options(NumberedModels models, StorageFault? fault = null) =>
        fault is null ? new() { LinkerThreads = 1, Encoders = models } : new() { LinkerThreads = 1, Encoders = models, Fault = fault };

    /// <summary>Files that belong to generations and snapshots, and nothing else.</summary>
    public IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Folder, path))
        .Where(path => path.StartsWith("generations", StringComparison.Ordinal) || path.StartsWith("snapshots", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    /// <summary>Every one of the points is in the generation, with the vector that its model makes and findable.</summary>
    public static void CheckTexts(Collection points, ulong generation, NumberedModel model, int count, int version = 0, int first = 0)
    {
        using GenerationReader reader = points.Pin(generation);
        Assert.Equal((generation, model.Space), (reader.Number, reader.Space));
        PointId[] ids = [.. Enumerable.Range(first, count).Select(id => new PointId((ulong)id))];
        PointRows rows = reader.Get(ids, withPayload: true, withVectors: true, skipMissing: true);
        Assert.Equal(ids, rows.Ids);
        Assert.Equal((generation, model.Space), (rows.Generation, rows.Space));
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(TestCatalog.PayloadOf(first + i, version), rows.Payloads![i]);
            float[] expected = model.VectorOf(NumberedModel.TextOf(first + i, version));
            Assert.True(AreNear(expected, rows.Vectors.Span.Slice(i * model.Dimension, model.Dimension), model.Metric), $"point {first + i} of generation {generation}");
        }

        QueryResult found = reader.Query(new QueryBatch { Features = [new PointFeatures.Text(NumberedModel.TextOf(first, version))], Limit = 1, Exact = true });
        Assert.Equal(new PointId((ulong)first), found.Ids[0]);
    }

    /// <summary>Equal, or under cosine of equal direction.</summary>
    public static bool AreNear(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Metric metric)
    {
        double dot = 0, xx = 0, yy = 0, difference = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
            difference = Math.Max(difference, Math.Abs(x[i] - y[i]));
        }

        return metric == Metric.Cosine ? dot > 0.99999 * Math.Sqrt(xx * yy) : difference < 1e-5;
    }

    public async ValueTask DisposeAsync() => await Test.DisposeAsync();
}

/// <summary>Told at once, on the thread that reports.</summary>
internal sealed class Told(Action<RebuildProgress> report) : IProgress<RebuildProgress>
{
    public void Report(RebuildProgress value)
    {
        lock (this) report(value);
    }
}
