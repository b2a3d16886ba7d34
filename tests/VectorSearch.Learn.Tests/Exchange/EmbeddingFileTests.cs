using System.Text;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class EmbeddingFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.vec")]
    [InlineData("a.bin")]
    [InlineData("a.npy")]
    [InlineData("a.fvecs")]
    [InlineData("a.fbin")]
    [InlineData("a.jsonl")]
    public void What_is_written_is_read_again_to_the_bit(string name)
    {
        NamedVectors written = Vectors(37, 19);

        EmbeddingFile.Write(written, _directory.Combine(name));
        NamedVectors read = EmbeddingFile.Read(_directory.Combine(name));

        Assert.Equal(written.Ids, read.Ids);
        Assert.Equal(written.Vectors.ToCompact(37), read.Vectors.ToCompact(37));
    }

    [Fact]
    public void Text_is_what_word2vec_writes()
    {
        EmbeddingFile.Write(new NamedVectors(["apple", "été"], VectorTable.Of([[1f, -0.5f], [0.1f, 3e-9f]])), _directory.Combine("a.txt"));

        Assert.Equal("2 2\napple 1 -0.5\nété 0.1 3E-09\n", File.ReadAllText(_directory.Combine("a.txt")));
    }

    [Fact]
    public void Binary_files_without_line_ends_are_read_too()
    {
        byte[] bytes = [.. "2 1\n"u8, .. "a "u8, .. BitConverter.GetBytes(1.5f), .. "bc "u8, .. BitConverter.GetBytes(-2f)];
        File.WriteAllBytes(_directory.Combine("a.bin"), bytes);

        NamedVectors read = EmbeddingFile.Read(_directory.Combine("a.bin"));

        Assert.Equal(["a", "bc"], read.Ids);
        Assert.Equal([1.5f, -2f], read.Vectors.ToCompact(2));
    }

    [Theory]
    [InlineData("a.txt", "word 1 2\n", "line 1")]
    [InlineData("a.txt", "2 2\na 1 2\n", "1 rows")]
    [InlineData("a.txt", "1 2\na 1\n", "line 2")]
    [InlineData("a.txt", "1 2\na 1 x\n", "'x'")]
    [InlineData("a.txt", "1 1\na NaN\n", "finite")]
    [InlineData("a.bin", "1000000 1000\na ", "bytes")]
    [InlineData("a.bin", "1 1\na ab", "ends within row 0")]
    [InlineData("a.jsonl", "{\"id\":\"a\",\"vector\":[1]}\n{\"id\":\"b\",\"vector\":[1,2]}\n", "line 2")]
    [InlineData("a.jsonl", "{\"id\":\"a\"}\n", "vector")]
    [InlineData("a.jsonl", "[1]\n", "line 1")]
    [InlineData("a.jsonl", "", "no rows")]
    public void A_file_that_is_not_what_its_ending_says_is_refused(string name, string text, string part)
    {
        DataFormatException fault = Assert.Throws<DataFormatException>(() => EmbeddingFile.Read(_directory.Write(name, text)));

        Assert.Contains(part, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_a_format_cannot_hold_are_refused_and_json_holds_them()
    {
        NamedVectors spaced = new(["New York", "two\nlines"], VectorTable.Of([[1f], [2f]]));

        Assert.Contains("New York", Assert.Throws<ArgumentException>(() => EmbeddingFile.Write(spaced, _directory.Combine("a.bin"))).Message, StringComparison.Ordinal);
        Assert.Contains("line end", Assert.Throws<ArgumentException>(() => EmbeddingFile.Write(spaced, _directory.Combine("a.npy"))).Message, StringComparison.Ordinal);
        EmbeddingFile.Write(spaced, _directory.Combine("a.jsonl"));
        Assert.Equal(spaced.Ids, EmbeddingFile.Read(_directory.Combine("a.jsonl")).Ids);
        Assert.Contains(".xyz", Assert.Throws<ArgumentException>(() => EmbeddingFile.Write(spaced, "a.xyz")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_ids_of_another_length_is_refused()
    {
        EmbeddingFile.Write(Vectors(3, 2), _directory.Combine("a.npy"));
        File.AppendAllText(_directory.Combine("a.npy.ids"), "one more\n", Encoding.UTF8);

        Assert.Contains("4 lines", Assert.Throws<DataFormatException>(() => EmbeddingFile.Read(_directory.Combine("a.npy"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_that_nobody_watched_stay_behind()
    {
        InteractionDatasetBuilder builder = new();
        for (int n = 0; n < 20; n++) builder.Add(n % 5, n % 3, null, null);
        LearnedModel model = IalsLearner.Train(builder.Build(Samples.Names("u", 5), Samples.Names("i", 4)), new IalsOptions { Dimension = 2, Epochs = 2 });

        Assert.Equal(["i0", "i1", "i2"], NamedVectors.Of(model, model.Question("similar")).Ids);
    }

    private static NamedVectors Vectors(int rows, int dimension)
    {
        Xoshiro256 random = new(TestSeed.Value, 31);
        VectorTable vectors = VectorTable.Of(Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, dimension).Select(_ => random.NextNormal()).ToArray()).ToArray());
        return new NamedVectors([.. Enumerable.Range(0, rows).Select(n => $"id{n}é")], vectors);
    }
}
