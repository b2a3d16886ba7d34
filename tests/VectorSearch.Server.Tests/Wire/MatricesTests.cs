using Google.Protobuf;
using VectorSearch.Collections;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Wire;

public class MatricesTests
{
    [Fact]
    public void Floats_survive_the_way_there_and_back_bit_by_bit()
    {
        float[] values = [1f, -0f, float.Epsilon, float.MaxValue, 1 / 3f, -2.5f];
        Proto.Matrix matrix = Matrices.Write(values, dimension: 3)!;
        Assert.Equal(2u, matrix.Rows);
        float[] back = Matrices.Read(matrix, dimension: 3, "vectors");
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), back.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Bytes_are_little_endian()
    {
        Proto.Matrix matrix = Matrices.Write(new float[] { 1f }, dimension: 1)!;
        Assert.Equal(new byte[] { 0, 0, 0x80, 0x3f }, matrix.Data.ToByteArray());
    }

    [Theory]
    [InlineData(3, 1, 12, "vectors.dim")]
    [InlineData(4, 1, 15, "vectors.data")]
    [InlineData(4, 2, 16, "vectors.data")]
    [InlineData(4, 4294967295, 16, "vectors.data")]
    public void A_matrix_that_does_not_fit_is_refused_by_the_name_of_the_field(uint dim, uint rows, int bytes, string field)
    {
        Proto.Matrix matrix = new() { Dim = dim, Rows = rows, Data = ByteString.CopyFrom(new byte[bytes]), Type = Proto.ElementType.Float32 };
        VectorSearchException fault = Assert.Throws<VectorSearchException>(() => Matrices.Read(matrix, 4, "vectors"));
        Assert.Equal(ErrorCode.InvalidArgument, fault.Code);
        Assert.Equal(field, fault.Field);
    }

    [Fact]
    public void An_element_type_of_a_later_version_is_refused_by_name()
    {
        Proto.Matrix matrix = new() { Dim = 1, Rows = 1, Data = ByteString.CopyFrom(new byte[4]), Type = (Proto.ElementType)77 };
        Assert.Equal("vectors.type", Assert.Throws<VectorSearchException>(() => Matrices.Read(matrix, 1, "vectors")).Field);
    }
}
