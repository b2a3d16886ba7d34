using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class AttributeRowsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private InteractionDataset Data()
    {
        string file = _directory.Combine("watched.tsv");
        File.WriteAllText(file, "u1 a\nu1 b\nu2 b\nu2 c\n");
        return InteractionReader.Read(file);
    }

    private static KeyValuePair<string, IReadOnlyCollection<string>> Attribute(string name, params string[] items) => new(name, items);

    [Fact]
    public void An_attribute_becomes_rows_after_the_users_and_the_items_stay()
    {
        InteractionDataset data = Data();
        InteractionDataset longer = AttributeRows.Append(data, "genre", [Attribute("Drama", "c", "a", "unknown")], copies: 2);
        Assert.Equal(data.UserCount + 2, longer.UserCount);
        Assert.Equal(data.Items.Ids, longer.Items.Ids);
        for (int user = 0; user < data.UserCount; user++) Assert.Equal(data.ItemsOf(user).ToArray(), longer.ItemsOf(user).ToArray());
        int[] expected = [.. new[] { "a", "c" }.Select(data.Items.RowOf).Order()];
        Assert.Equal(expected, longer.ItemsOf(data.UserCount).ToArray());
        Assert.Equal(expected, longer.ItemsOf(data.UserCount + 1).ToArray());
    }

    [Fact]
    public void The_order_in_which_attributes_come_does_not_matter()
    {
        InteractionDataset data = Data();
        KeyValuePair<string, IReadOnlyCollection<string>> drama = Attribute("Drama", "a", "b"), comedy = Attribute("Comedy", "c");
        Assert.Equal(
            AttributeRows.Append(data, "genre", [drama, comedy], 1).ContentHash(),
            AttributeRows.Append(data, "genre", [comedy, drama], 1).ContentHash());
    }

    [Fact]
    public void An_attribute_of_unknown_items_only_makes_no_row() =>
        Assert.Equal(2, AttributeRows.Append(Data(), "genre", [Attribute("Drama", "x")], 1).UserCount);

    [Fact]
    public void Tags_are_gathered_over_users_and_a_tag_of_one_film_is_left_out()
    {
        string file = _directory.Combine("tags.csv");
        File.WriteAllText(file, "userId,movieId,tag,timestamp\n1,10,Pixar,1\n2,11,pixar ,2\n2,10,pixar,2\n2,12,\"odd, one\",3\n");
        IReadOnlyDictionary<string, IReadOnlyCollection<string>> tags = FilmTags.Read(file);
        Assert.Equal(["10", "11"], Assert.Single(tags).Value.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("userId,movieId,tag\n", "line 1")]
    [InlineData("userId,movieId,tag,timestamp\n1,10,pixar\n", "line 2")]
    [InlineData("userId,movieId,tag,timestamp\n1,10, ,4\n", "line 2, column 3")]
    public void A_bad_file_of_tags_is_named_by_line(string content, string place)
    {
        string file = _directory.Combine("tags.csv");
        File.WriteAllText(file, content);
        DataFormatException fault = Assert.Throws<DataFormatException>(() => FilmTags.Read(file));
        Assert.Contains(place, fault.Message, StringComparison.Ordinal);
    }
}
