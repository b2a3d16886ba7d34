using Google.Protobuf;
using VectorSearch.Collections;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Wire;

public class PayloadMessagesTests
{
    public static TheoryData<string> Kinds => new("null", "boolean", "integer", "number", "text", "binary", "list", "geo", "datetime");

    private static Proto.Value Sample(string kind) => kind switch
    {
        "null" => new Proto.Value { Null = Proto.NullValue.NullValue },
        "boolean" => new Proto.Value { Boolean = true },
        "integer" => new Proto.Value { Integer = 9_007_199_254_740_993 },
        "number" => new Proto.Value { Number = 0.1 },
        "text" => new Proto.Value { Text = "Amélie ✓" },
        "binary" => new Proto.Value { Binary = ByteString.CopyFrom(1, 2, 3) },
        "list" => new Proto.Value { List = new Proto.ListValue { Values = { new Proto.Value { Integer = -1 }, new Proto.Value { Text = "x" } } } },
        "geo" => new Proto.Value { Geo = new Proto.GeoPoint { Latitude = 48.8, Longitude = 2.35 } },
        _ => new Proto.Value { Datetime = 1_700_000_000_000_001 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Each_kind_of_value_survives_the_way_there_and_back(string kind)
    {
        Proto.Payload payload = new() { Fields = { ["field"] = Sample(kind) } };
        IReadOnlyList<Payload?> read = PayloadMessages.Read([payload], points: 1)!;
        Proto.Payload back = Assert.Single(PayloadMessages.Write([read[0]!]));
        Assert.Equal(payload, back);
    }

    [Fact]
    public void Payloads_that_are_not_one_per_id_are_refused()
    {
        VectorSearchException fault = Assert.Throws<VectorSearchException>(() => PayloadMessages.Read([new Proto.Payload()], points: 2));
        Assert.Equal("payloads", fault.Field);
    }

    [Fact]
    public void A_value_without_a_kind_is_refused_by_the_name_of_its_field()
    {
        Proto.Payload payload = new() { Fields = { ["year"] = new Proto.Value() } };
        VectorSearchException fault = Assert.Throws<VectorSearchException>(() => PayloadMessages.Read([payload], points: 1));
        Assert.Equal("payloads[0].year", fault.Field);
    }
}
