using VectorSearch.Cli.Import;
using VectorSearch.Client;

namespace VectorSearch.Cli.Tests;

public class JsonLinesSourceTests
{
    [Fact]
    public void A_row_with_a_vector_and_a_payload_is_read_exactly()
    {
        ImportRow row = JsonLinesSource.Parse("""{"id": 18446744073709551615, "vector": [1, -0.5], "payload": {"big": 9007199254740993, "half": 0.5, "tags": ["a"], "at": {"lat": 1.5, "lon": 2}}}""", new RowOrigin("f", 1, IsLine: true));
        Assert.Equal("18446744073709551615", row.Id);
        Assert.Equal([1f, -0.5f], row.Vector!);
        Assert.Equal(9007199254740993L, row.Payload!["big"]);
        Assert.Equal(0.5, row.Payload["half"]);
        Assert.Equal(["a"], Assert.IsType<List<object?>>(row.Payload["tags"]));
        Assert.Equal(new GeoPoint(1.5, 2), row.Payload["at"]);
    }

    [Fact]
    public void A_row_may_bring_a_history_in_place_of_a_vector()
    {
        ImportRow row = JsonLinesSource.Parse("""{"id": "u1", "history": [2571, "296"]}""", new RowOrigin("f", 1, IsLine: true));
        Assert.Null(row.Vector);
        Assert.Equal(["2571", "296"], row.Features!.History.Items);
    }

    [Theory]
    [InlineData("""{"vector": [1]}""", "\"id\" is missing")]
    [InlineData("""{"id": -1, "vector": [1]}""", "\"id\" is -1")]
    [InlineData("""{"id": 1}""", "\"vector\"")]
    [InlineData("""{"id": 1, "vector": [1, "x"]}""", "vector[1] is \"x\"")]
    [InlineData("""{"id": 1, "vector": [1e40]}""", "vector[0] is 1e40")]
    [InlineData("""{"id": 1, "vector": 3}""", "\"vector\" is a JSON Number")]
    [InlineData("""{"id": 1, "vector": [1], "payload": [1]}""", "\"payload\" is a JSON Array")]
    [InlineData("""{"id": 1, "vector": [1], "payload": {"a": {"b": 1}}}""", "payload.a")]
    [InlineData("""{"id": 1, "vector": [1""", "not JSON")]
    [InlineData("[]", "expected an object")]
    public void A_bad_row_is_named_by_file_line_and_what_is_wrong(string line, string expected)
    {
        CliException fault = Assert.Throws<CliException>(() => JsonLinesSource.Parse(line, new RowOrigin("points.jsonl", 7, IsLine: true)));
        Assert.StartsWith("points.jsonl:7", fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }
}
