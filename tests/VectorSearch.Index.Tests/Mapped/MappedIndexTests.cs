using VectorSearch.Index.Sealed;
using VectorSearch.Index.Tests.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Index.Tests.Mapped;

public sealed class MappedIndexTests
{
    private const int K = 10;

    [Theory]
    [InlineData(Metric.SquaredEuclidean, RowFormat.FullFloat)]
    [InlineData(Metric.InnerProduct, RowFormat.HalfFloat)]
    [InlineData(Metric.Cosine, RowFormat.ScaledByte)]
    public void A_mapped_index_answers_as_the_one_that_was_saved_before_and_after_it_moves_to_memory(Metric metric, RowFormat format)
    {
        using var folder = new TempDirectory();
        var rows = SealedSamples.Vectors(3_000, 40, salt: 50);
        using var saved = Save(folder, rows, metric, format, out var path);
        using var file = File.OpenRead(path);
        using var mapped = SealedIndex.Map(file);
        foreach (var budget in new[] { 0, saved.Parts.Lists.Bytes, long.MaxValue })
        {
            foreach (var query in SealedSamples.Vectors(20, 40, salt: 51)) Assert.Equal(Hits(saved, query), Hits(mapped, query));
            var moved = mapped.MoveToMemory(budget);
            Assert.True(moved <= budget);
        }

        Assert.True(mapped.IsVerified);
        foreach (var query in SealedSamples.Vectors(20, 40, salt: 51)) Assert.Equal(Hits(saved, query), Hits(mapped, query));
    }

    [Fact]
    public void The_first_answer_checks_only_the_blocks_that_it_uses()
    {
        using var folder = new TempDirectory();
        using var saved = Save(folder, SealedSamples.Vectors(20_000, 64, salt: 52), Metric.SquaredEuclidean, RowFormat.FullFloat, out var path);
        using var file = File.OpenRead(path);
        using var mapped = SealedIndex.Map(file);
        var hits = new Neighbor[K];
        mapped.Search(SealedSamples.Vectors(1, 64, salt: 53)[0], new SealedRequest(K) { TargetRecall = 0.9 }, hits);
        var blocks = (int)(file.Length / SealedFile.BlockBytes);
        Assert.InRange(mapped.Parts.Guard!.CheckedCount, 3, blocks / 2);
        Assert.False(mapped.IsVerified);
        mapped.Verify();
        Assert.True(mapped.IsVerified);
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_told_with_its_offset_and_never_answered_from()
    {
        using var folder = new TempDirectory();
        var rows = SealedSamples.Vectors(2_000, 32, salt: 54);
        using var saved = Save(folder, rows, Metric.SquaredEuclidean, RowFormat.FullFloat, out var path);
        var good = File.ReadAllBytes(path);
        var queries = SealedSamples.Vectors(30, 32, salt: 55);
        var answers = queries.Select(q => Hits(saved, q)).ToArray();
        var random = TestSeed.Random(56);
        for (var trial = 0; trial < TestScale.Pick(40, 400); trial++)
        {
            var bytes = (byte[])good.Clone();
            var at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            var damaged = folder.Combine($"{trial}.vs");
            File.WriteAllBytes(damaged, bytes);
            using var file = File.OpenRead(damaged);
            var told = Assert.Throws<IndexFormatException>(() =>
            {
                using var mapped = SealedIndex.Map(file);
                for (var q = 0; q < queries.Length; q++) Assert.Equal(answers[q], Hits(mapped, queries[q]));
                mapped.Verify();
            });
            Assert.InRange(told.Offset, 0, bytes.Length);
        }
    }

    [Fact]
    public async Task Searches_go_on_while_an_index_moves_to_memory()
    {
        using var folder = new TempDirectory();
        using var saved = Save(folder, SealedSamples.Vectors(8_000, 32, salt: 57), Metric.SquaredEuclidean, RowFormat.FullFloat, out var path);
        using var file = File.OpenRead(path);
        using var mapped = SealedIndex.Map(file);
        var queries = SealedSamples.Vectors(50, 32, salt: 58);
        var answers = queries.Select(q => Hits(saved, q)).ToArray();
        var mover = Task.Run(() => mapped.MoveToMemory());
        Parallel.For(0, 400, i => Assert.Equal(answers[i % answers.Length], Hits(mapped, queries[i % answers.Length])));
        await mover;
    }

    [Fact]
    public void A_file_that_is_too_short_is_refused_by_its_length()
    {
        using var folder = new TempDirectory();
        var path = folder.Combine("short.vs");
        File.WriteAllBytes(path, new byte[100]);
        using var file = File.OpenRead(path);
        Assert.Equal(100, Assert.Throws<IndexFormatException>(() => SealedIndex.Map(file)).Offset);
    }

    private static SealedIndex Save(TempDirectory folder, float[][] rows, Metric metric, RowFormat format, out string path)
    {
        var index = SealedBuilder.Build(SealedSamples.Matrix(rows), new SealedOptions { Metric = metric, Rows = format, Threads = 2 });
        path = folder.Combine("index.vs");
        using var file = File.Create(path);
        index.Save(file);
        return index;
    }

    private static Neighbor[] Hits(SealedIndex index, float[] query)
    {
        var hits = new Neighbor[K];
        var count = index.Search(query, new SealedRequest(K) { TargetRecall = 0.95 }, hits).Count;
        return hits[..count];
    }
}
