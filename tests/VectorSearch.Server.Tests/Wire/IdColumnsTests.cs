using VectorSearch.Collections;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Wire;

public class IdColumnsTests
{
    [Fact]
    public void Numbers_and_strings_survive_the_way_there_and_back()
    {
        PointId[] numbers = [0UL, 7UL, ulong.MaxValue];
        Assert.Equal(numbers, IdColumns.Read(IdColumns.Write(numbers), IdKind.Number, "ids"));
        PointId[] texts = ["a", "é", "7"];
        Assert.Equal(texts, IdColumns.Read(IdColumns.Write(texts), IdKind.Text, "ids"));
    }

    [Theory]
    [InlineData(IdKind.Number)]
    [InlineData(IdKind.Text)]
    public void Ids_of_the_other_kind_are_refused(IdKind kind)
    {
        Proto.IdColumn column = kind == IdKind.Number ? new() { Strings = { "a" } } : new() { Numbers = { 1 } };
        VectorSearchException fault = Assert.Throws<VectorSearchException>(() => IdColumns.Read(column, kind, "ids"));
        Assert.Equal(ErrorCode.InvalidArgument, fault.Code);
        Assert.Equal("ids", fault.Field);
    }

    [Fact]
    public void A_missing_column_is_named() =>
        Assert.Equal("ids", Assert.Throws<VectorSearchException>(() => IdColumns.Read(null, IdKind.Number, "ids")).Field);
}
