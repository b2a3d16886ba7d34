using System.IO.Compression;
using System.Text;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>The files of a collection with generations, kept so that every later version is seen to open them.</summary>
public class GoldenTests
{
    private static string GoldenPath => Path.Combine(AppContext.BaseDirectory, "Golden", "collection-v2.zip");

    [Fact]
    public async Task Files_of_version_2_open()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(0);
        if (Environment.GetEnvironmentVariable("VECTORSEARCH_WRITE_GOLDEN_2") is { Length: > 0 } target)
        {
            await WriteAsync(setup, target);
            return;
        }

        await setup.Test.CloseAsync();
        Directory.Delete(setup.Folder, recursive: true);
        ZipFile.ExtractToDirectory(GoldenPath, setup.Folder);
        setup.Models.Remove(1);
        setup.Models.Remove(2);
        await setup.Test.ReopenAsync();
        Collection points = setup.Points;
        Assert.True(points.Status.State == CollectionState.Serving, points.Status.Detail);
        Assert.Equal(
            [(3ul, GenerationState.Refused), (2, GenerationState.Serving), (1, GenerationState.Retained)], points.Generations.Select(one => (one.Number, one.State)));
        Assert.Equal((IndexKind.Sealed, setup.Model[2].Space), (points.Definition.Index, points.Definition.Space));
        Assert.Equal("worse"u8.ToArray(), points.ReadDocument(3, "report"));
        Generation old = points.GetGeneration(1);
        Assert.Equal((44L, 1L, new PointId(500)), (old.Points, old.Missing, old.MissingIds[0]));
        Assert.Equal(45, points.Count);
        foreach (ulong number in new ulong[] { 1, 2 })
        {
            using GenerationReader reader = points.Pin(number);
            PointRows rows = reader.Get([3, 42], withPayload: true, withVectors: true, skipMissing: false);
            Assert.Equal([TestCatalog.PayloadOf(3, 1), TestCatalog.PayloadOf(42, 0)], rows.Payloads!);
            NumberedModel model = setup.Model[number];
            float[] expected = [.. model.VectorOf(NumberedModel.TextOf(3, 1)), .. model.VectorOf(NumberedModel.TextOf(42))];
            for (int row = 0; row < 2; row++)
            {
                Range at = (row * model.Dimension)..((row + 1) * model.Dimension);
                Assert.True(GenerationSetup.AreNear(expected.AsSpan(at), rows.Vectors.Span[at], model.Metric));
            }
        }

        WriteReceipt repeated = await points.DeleteAsync(TestCatalog.Ids(1) with { RequestId = "golden" });
        Assert.Equal((1, true, 2ul), (repeated.Points, repeated.Repeated, repeated.Generation));
        await TestCatalog.EventuallyAsync(() => points.IndexedFields.Contains("version"));
        await setup.Test.CloseAsync();
        Assert.Empty(CollectionChecker.Check(setup.Test.Root).Findings);
    }

    private static async Task WriteAsync(GenerationSetup setup, string target)
    {
        Collection points = setup.Points;
        await points.UpsertAsync(NumberedModel.Texts(0, 40));
        RebuildRequest request = setup.Model[2].Request();
        await points.RebuildAsync(request with { Target = request.Target with { Index = IndexKind.Sealed } });
        GateDecision worse = new(GateVerdict.Refuse, "worse", Encoding.UTF8.GetBytes("worse"));
        await points.RebuildAsync(setup.Model[3].Request((_, _) => Task.FromResult(worse)));
        await points.UpsertAsync(NumberedModel.Texts(40, 5));
        await points.UpsertAsync(NumberedModel.Texts(3, 1, version: 1));
        await points.UpsertAsync(new UpsertBatch { Ids = [500], Vectors = TestCatalog.Vector(500, 12), Space = setup.Model[2].Space });
        await points.DeleteAsync(TestCatalog.Ids(1) with { RequestId = "golden" });
        points.IndexFields(["version"]);
        await setup.Test.CloseAsync();
        File.Delete(target);
        ZipFile.CreateFromDirectory(setup.Folder, target);
    }
}
