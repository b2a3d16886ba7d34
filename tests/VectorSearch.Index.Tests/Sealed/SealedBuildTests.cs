using System.Security.Cryptography;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Sealed;

public sealed class SealedBuildTests
{
    [Fact]
    public void The_same_rows_and_seed_give_the_same_bytes_on_any_number_of_threads()
    {
        var rows = SealedSamples.Vectors(TestScale.Pick(3_000, 30_000), 20, salt: 21);
        var hashes = new[] { 1, 2, 4 }.Select(threads =>
        {
            using var index = Build(rows, new SealedOptions { Metric = Metric.Cosine, Threads = threads });
            return Convert.ToHexString(SHA256.HashData(Save(index)));
        }).ToArray();
        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public void Another_seed_gives_other_bytes()
    {
        var rows = SealedSamples.Vectors(500, 8, salt: 22);
        using var one = Build(rows, new SealedOptions { Metric = Metric.SquaredEuclidean, Seed = 1 });
        using var two = Build(rows, new SealedOptions { Metric = Metric.SquaredEuclidean, Seed = 2 });
        Assert.NotEqual(Save(one), Save(two));
    }

    [Fact]
    public void The_audit_finds_every_row_in_one_list_and_within_reach()
    {
        using var index = Build(SealedSamples.Vectors(4_000, 16, salt: 23), new SealedOptions { Metric = Metric.SquaredEuclidean });
        Assert.True(index.Audit.IsSound);
        Assert.Equal(0, index.Audit.UnreachableLists);
        Assert.Equal(0, index.Audit.MisplacedRows);
        Assert.True(index.Audit.SelfRecall >= 0.99);
    }

    [Fact]
    public unsafe void Estimates_that_hide_rows_from_their_own_vectors_are_told_and_get_an_effort_that_does_without()
    {
        using var index = Build(SealedSamples.Vectors(2_000, 16, salt: 29), new SealedOptions { Metric = Metric.SquaredEuclidean });
        var (lists, levels) = (index.Parts.Lists, index.Efforts.Count);
        for (var block = 0; block < lists.BlockStarts[^1]; block++)
        {
            var add = (float*)(lists.Blocks + ((long)block * lists.BlockBytes) + (lists.Groups * NibbleScan.GroupBytes));
            for (var row = 0; row < NibbleScan.BlockRows; row += 2) add[row] += 1e6f;
        }

        var audit = SealedAuditor.Run(index, index.Count);
        Assert.True(audit.SelfRecall < SealedAudit.MinSelfRecall, audit.ToString());
        Assert.False(audit.IsSound);
        audit = SealedAuditor.Repair(index, index.Count, audit);
        Assert.Equal(1, audit.SelfRecall);
        Assert.True(audit.IsSound);
        Assert.Equal(levels + 1, index.Efforts.Count);
    }

    [Fact]
    public void Many_lists_are_found_through_an_upper_level()
    {
        var rows = SealedSamples.Vectors(3_000, 16, salt: 24);
        using var index = Build(rows, new SealedOptions { Metric = Metric.SquaredEuclidean, Lists = 600 });
        Assert.Equal(600, index.Lists);
        Assert.True(index.Audit.IsSound);
        Assert.True(index.Efforts[^1].Recall >= 0.99);
    }

    [Theory]
    [InlineData(float.NaN, "Row 7", "Coordinate 2")]
    [InlineData(float.PositiveInfinity, "Row 7", "Coordinate 2")]
    public void A_bad_row_is_named(float value, params string[] parts)
    {
        var rows = SealedSamples.Vectors(20, 4, salt: 25);
        rows[7][2] = value;
        var error = Assert.ThrowsAny<Exception>(() => Build(rows, new SealedOptions { Metric = Metric.SquaredEuclidean, Threads = 1 }));
        foreach (var part in parts) Assert.Contains(part, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_the_options_come_at_once()
    {
        var options = new SealedOptions
        {
            Metric = (Metric)9, Rows = RowFormat.ExactByte, Lists = -1, CodeBits = 3, CalibrationQueries = -1, Threads = -1,
        };
        Assert.Equal(6, options.Faults().Count);
        Assert.Throws<ArgumentException>(() => Build(SealedSamples.Vectors(5, 4, salt: 26), options));
    }

    [Theory]
    [InlineData(0, 0.0, 3, "K")]
    [InlineData(5, 1.5, 3, "TargetRecall")]
    [InlineData(5, 0.0, 2, "coordinates")]
    public void A_bad_request_is_named(int k, double recall, int dimension, string field)
    {
        using var index = Build(SealedSamples.Vectors(50, 3, salt: 27), new SealedOptions { Metric = Metric.SquaredEuclidean });
        var error = Assert.Throws<ArgumentException>(() =>
            index.Search(new float[dimension], new SealedRequest { K = k, TargetRecall = recall }, new Neighbor[5]));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        var progress = new CancelAt(cancel, "partition");
        Assert.ThrowsAny<OperationCanceledException>(() => SealedBuilder.Build(
            SealedSamples.Matrix(SealedSamples.Vectors(2_000, 8, salt: 28)),
            new SealedOptions { Metric = Metric.SquaredEuclidean }, progress, cancel.Token));
        Assert.DoesNotContain("done", progress.Stages);
    }

    private static SealedIndex Build(float[][] rows, SealedOptions options) => SealedBuilder.Build(SealedSamples.Matrix(rows), options);

    private static byte[] Save(SealedIndex index)
    {
        using var stream = new MemoryStream();
        index.Save(stream);
        return stream.ToArray();
    }

    private sealed class CancelAt(CancellationTokenSource cancel, string stage) : IProgress<SealedProgress>
    {
        public List<string> Stages { get; } = [];

        public void Report(SealedProgress value)
        {
            Stages.Add(value.Stage);
            if (value.Stage == stage) cancel.Cancel();
        }
    }
}
