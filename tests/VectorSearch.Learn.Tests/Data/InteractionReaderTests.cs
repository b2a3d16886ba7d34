using System.IO.Compression;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class InteractionReaderTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void MovieLens_csv_keeps_ratings_and_times()
    {
        InteractionDataset data = Read("userId,movieId,rating,timestamp\r\n1,31,2.5,1260759144\r\n1,10,4.0,1260759145\r\n7,31,3,5\r\n");

        Assert.Equal(["1", "7"], data.Users.Ids);
        Assert.Equal(["31", "10"], data.Items.Ids);
        Assert.Equal([0, 1], data.ItemsOf(0).ToArray());
        Assert.Equal([2.5f, 4f], data.RatingsOf(0).ToArray());
        Assert.Equal([1260759144L, 1260759145L], data.TimesOf(0).ToArray());
    }

    [Fact]
    public void The_shipped_sample_is_read_whole()
    {
        InteractionDataset data = InteractionReader.Read(Samples.MovieLens("ratings.csv.gz"));

        Assert.Equal(610, data.UserCount);
        Assert.Equal(9724, data.ItemCount);
        Assert.Equal(100_836, data.InteractionCount);
        Assert.True(FilmCatalog.Read(Samples.MovieLens("movies.csv")).TryGet("1", out Film? film));
        Assert.Equal("Toy Story (1995)", film.Title);
        Assert.Contains("Children", film.Genres);
    }

    [Theory]
    [InlineData("0 5 6 7 8 9\n1 5\n", "Adjacency", 6)]
    [InlineData("0 5 6\n1 5 9\n2\n", "Adjacency", 4)]
    [InlineData("0 5\n0 6\n1 5\n", "Rows", 3)]
    [InlineData("1\t31\t4\t881250949\n1\t32\t3\t881250950\n", "Rows", 2)]
    [InlineData("0 5 4.5\n1 6 3.0\n", "Rows", 2)]
    [InlineData("user item rating time\n0 5 4 100\n2 5 4 100\n", "Rows", 2)]
    [InlineData("1,31,2.5,1260759144\n", "Csv", 1)]
    public void The_layout_is_told_from_the_lines(string text, string format, long interactions)
    {
        string path = _directory.Write("data.txt", text);

        Assert.Equal(format, InteractionReader.Detect(path).ToString());
        Assert.Equal(interactions, InteractionReader.Read(path).InteractionCount);
    }

    [Fact]
    public void Gzip_is_told_by_its_content()
    {
        string path = _directory.Combine("data.txt");
        using (GZipStream zip = new(File.Create(path), CompressionLevel.Fastest)) zip.Write("0 5 6\n1 5 6 7 8\n"u8);

        Assert.Equal(6, InteractionReader.Read(path).InteractionCount);
    }

    [Fact]
    public void Of_a_pair_that_comes_twice_the_latest_stays()
    {
        InteractionDataset data = Read("userId,movieId,rating,timestamp\n1,5,1,200\n1,5,2,100\n1,6,3,50\n");

        Assert.Equal([1f, 3f], data.RatingsOf(0).ToArray());
    }

    [Theory]
    [InlineData("userId,movieId,rating\n1,31,2.5\n1,,4\n", 3, 3, "item id is empty")]
    [InlineData("userId,movieId,rating\n1,31,2.5\n1\n", 3, 2, "an item id was expected")]
    [InlineData("userId,movieId,rating\n1,31,good\n", 2, 6, "'good' is not a rating")]
    [InlineData("userId,movieId,rating\n1,31,NaN\n", 2, 6, "'NaN' is not a rating")]
    [InlineData("1,31,4,12:30\n", 1, 8, "'12:30' is not a time")]
    [InlineData("1,31,4,12,9\n", 1, 11, "one field too many")]
    [InlineData("", 0, 0, "holds no interactions")]
    [InlineData("0\n1\n", 0, 0, "holds no interactions")]
    public void A_malformed_line_is_refused_with_its_place(string text, long line, int column, string problem)
    {
        string path = _directory.Write("bad.csv", text);

        DataFormatException fault = Assert.Throws<DataFormatException>(() => InteractionReader.Read(path));

        Assert.Equal(line, fault.Line);
        Assert.Equal(column, fault.Column);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
        Assert.Contains("bad.csv", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_among_numeric_ids_is_refused_unless_ids_may_be_text()
    {
        string text = string.Concat(Enumerable.Range(0, 300).Select(user => $"{user} 1 2 3 4 5\n")) + "300 1 2 x3 4\n";
        string path = _directory.Write("late.txt", text);

        DataFormatException fault = Assert.Throws<DataFormatException>(() => InteractionReader.Read(path));

        Assert.Equal((301, 9), (fault.Line, fault.Column));
        Assert.Equal(1504, InteractionReader.Read(path, new InteractionReadOptions { TextIds = true }).InteractionCount);
    }

    [Fact]
    public void A_test_id_that_training_lacks_is_refused_or_counted_as_a_miss()
    {
        InteractionDataset train = Read("0 5 6 7 8\n1 5\n");
        string path = _directory.Write("test.txt", "0 9\n1 6\n");
        InteractionReadOptions options = new() { Format = InteractionFormat.Adjacency, Users = train.Users, Items = train.Items };

        DataFormatException fault = Assert.Throws<DataFormatException>(() => InteractionReader.Read(path, options));
        InteractionDataset test = InteractionReader.Read(path, options with { Unknown = UnknownIds.Add });

        Assert.Equal((1, 3), (fault.Line, fault.Column));
        Assert.Contains("item '9'", fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, test.ItemCount);
        RankingReport report = RankingEvaluator.Evaluate(new MostPopular(train), DatasetSplit.Create(train, test, ""));
        Assert.Equal(0.5, report["recall@10"]);
    }

    [Fact]
    public void A_missing_file_and_a_damaged_gzip_name_the_file()
    {
        string damaged = _directory.Combine("damaged.gz");
        File.WriteAllBytes(damaged, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255]);

        Assert.Contains("none.csv", Assert.Throws<DataFormatException>(() => InteractionReader.Read("none.csv")).Message, StringComparison.Ordinal);
        Assert.Contains("gzip", Assert.Throws<DataFormatException>(() => InteractionReader.Read(damaged)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("movieId,title,genres\n1,\"A \"\"B\"\", C\",X|Y\n", "A \"B\", C")]
    public void Film_titles_may_be_quoted(string text, string title)
    {
        Assert.True(FilmCatalog.Read(_directory.Write("movies.csv", text)).TryGet("1", out Film? film));
        Assert.Equal(title, film.Title);
        Assert.Equal(["X", "Y"], film.Genres);
    }

    [Theory]
    [InlineData("movieId,title,genres\n1,A\n", 2, "has 2 fields")]
    [InlineData("movieId,title,genres\n1,A,X\n1,B,Y\n", 3, "comes twice")]
    [InlineData("movieId,title,genres\n1,\"A,X\n", 2, "never closed")]
    [InlineData("id,title\n", 1, "expected movieId")]
    public void A_malformed_film_is_refused_with_its_place(string text, long line, string problem)
    {
        DataFormatException fault = Assert.Throws<DataFormatException>(() => FilmCatalog.Read(_directory.Write("movies.csv", text)));

        Assert.Equal(line, fault.Line);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    private InteractionDataset Read(string text) => InteractionReader.Read(_directory.Write("data.txt", text));
}
