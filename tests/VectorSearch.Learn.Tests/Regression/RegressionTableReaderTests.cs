using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Regression;

public sealed class RegressionTableReaderTests : IDisposable
{
    private const string Good =
        "id,text,size,kind,price\n1,\"a bright, quiet house by the old town wall\",50,flat,100\n2,a dark and noisy cellar below the main road,,house,50\n3,a palace of gold with two hundred and ten rooms,90,flat,900\n";

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_are_known_by_their_cells()
    {
        RegressionTable table = RegressionTableReader.ReadTraining(_folder.Write("ads.csv", Good), Columns() with { Ignored = ["id"] });
        Assert.Equal(["text"], table.Schema.Texts);
        Assert.Equal(["size"], table.Schema.Numbers);
        Assert.Equal(["kind"], table.Schema.Categories);
        Assert.Equal(["kind=house"], table.Categories[1]);
        Assert.Equal(float.NaN, table.Numbers[1][0]);
        Assert.Equal(Math.Log(900), table.Targets[2], 9);
        Assert.Equal(["text", "kind"], RegressionTableReader.ReadTraining(_folder.Combine("ads.csv"), Columns() with { Texts = ["text", "kind"] }).Schema.Texts);
    }

    [Theory]
    [InlineData("text,size,price\na b,1,2\na c,NaN,3\na d,2,3\n", "line 3, column 2", "'NaN'")]
    [InlineData("text,size,price\na b,1,2\na c,2,\n", "line 3, column 3", "'price' is ''")]
    [InlineData("text,size,price\na b,1,2\na c,2,0\n", "line 3, column 3", "above 0")]
    [InlineData("text,size,price\na b,1,2\na c,2\n", "line 3", "2 fields")]
    [InlineData("text,size,price\na b,7,2\na c,7,3\n", "'size'", "in all 2 rows")]
    [InlineData("text,size,cost\na b,7,2\na c,7,3\n", "line 1", "no column 'price'")]
    [InlineData("text,text,price\na b,7,2\n", "line 1", "twice")]
    [InlineData("text,price\na b,7\n", "ads.csv", "1 rows")]
    public void A_faulty_row_is_named_with_file_line_and_column(string content, string place, string problem)
    {
        string file = _folder.Write("ads.csv", content);
        DataFormatException fault = Assert.Throws<DataFormatException>(() => RegressionTableReader.ReadTraining(file, Columns() with { Numbers = content.Contains("size", StringComparison.Ordinal) ? ["size"] : null }));
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
        Assert.Contains(place, fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_out_table_that_lacks_a_column_is_refused()
    {
        RegressionTable train = RegressionTableReader.ReadTraining(_folder.Write("ads.csv", Good), Columns() with { Ignored = ["id"] });
        string file = _folder.Write("test.csv", "text,kind,price\na b,flat,2\nc,flat,3\n");
        Assert.Contains("'size'", Assert.Throws<DataFormatException>(() => RegressionTableReader.ReadHeldOut(file, train.Schema)).Message, StringComparison.Ordinal);
    }

    private static RegressionColumns Columns() => new("price", null, null, null, [], Logarithm: true);
}
