using VectorSearch.Cli.Import;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.Import;

public sealed class CsvSourceTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private (List<ImportRow> Rows, List<string> Faults) Read(string text)
    {
        string path = _directory.Combine("points.csv");
        File.WriteAllText(path, text);
        List<string> faults = [];
        return ([.. CsvSource.Read(path, faults.Add)], faults);
    }

    [Fact]
    public void Cells_in_quotes_hold_commas_quotes_and_line_ends()
    {
        (List<ImportRow> rows, List<string> faults) = Read("id,title,vector\r\n1,\"a, \"\"b\"\"\nc\",\"[1, 2]\"\r\n\r\n2,,3 4\r\n");
        Assert.Empty(faults);
        Assert.Equal([1f, 2f], rows[0].Vector!);
        Assert.Equal("a, \"b\"\nc", rows[0].Payload!["title"]);
        Assert.Equal(2, rows[0].Origin.Number);
        Assert.Equal([3f, 4f], rows[1].Vector!);
        Assert.Empty(rows[1].Payload!);
        Assert.Equal(5, rows[1].Origin.Number);
    }

    [Fact]
    public void A_vector_may_have_a_column_for_each_number_in_any_order()
    {
        (List<ImportRow> rows, _) = Read("vector_1,id,vector_0,year\n2,a,1,1999\n");
        Assert.Equal([1f, 2f], Assert.Single(rows).Vector!);
        Assert.Equal("a", rows[0].Id);
        Assert.Equal(1999L, Assert.Single(rows[0].Payload!).Value);
    }

    [Theory]
    [InlineData("12", 12L)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("1.50", 1.5)]
    [InlineData("1e3", 1000.0)]
    [InlineData("18446744073709551615", 18446744073709551615.0)]
    [InlineData("007", "007")]
    [InlineData("+1", "+1")]
    [InlineData("1e999", "1e999")]
    [InlineData("NaN", "NaN")]
    [InlineData("true", true)]
    [InlineData("True", "True")]
    [InlineData("[not json", "[not json")]
    [InlineData("{\"a\": 1}", "{\"a\": 1}")]
    [InlineData("", null)]
    public void A_cell_is_what_it_looks_like_where_nothing_is_lost_by_it(string cell, object? expected) => Assert.Equal(expected, CsvSource.Value(cell));

    [Theory]
    [InlineData("1,x 2\n", "points.csv:2: vector[0] is 'x'")]
    [InlineData("1,1 2,3\n", "points.csv:2: 3 cells; expected 2")]
    [InlineData("1,1e39\n", "points.csv:2: vector[0] is '1e39'")]
    public void A_wrong_row_is_named_and_the_next_is_read(string row, string expected)
    {
        (List<ImportRow> rows, List<string> faults) = Read("id,vector\n" + row + "9,1 2\n");
        Assert.Contains(expected, Assert.Single(faults), StringComparison.Ordinal);
        Assert.Equal("9", Assert.Single(rows).Id);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("vector\n", "no column 'id'")]
    [InlineData("id,year\n", "neither a column 'vector'")]
    [InlineData("id,vector_0,vector_2\n", "not all there")]
    [InlineData("id,vector\n1,\"1 2\n", "a quote is opened")]
    public void A_file_that_cannot_be_read_at_all_says_why(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<CliException>(() => Read(text)).Message, StringComparison.Ordinal);
}
