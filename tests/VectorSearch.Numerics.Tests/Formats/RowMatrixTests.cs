using VectorSearch.Numerics.Formats;

namespace VectorSearch.Numerics.Tests.Formats;

public sealed class RowMatrixTests
{
    [Fact]
    public void Rows_that_were_handed_over_are_the_other_matrix_s_alone()
    {
        RowMatrix<float> first = new(3, 2);
        first[2][1] = 7;
        using RowMatrix<float> second = first.HandOver();
        first.Dispose();
        Assert.Equal((3, 2, 7f), (second.Rows, second.Dimension, second[2][1]));
        Assert.Throws<ObjectDisposedException>(() => first[0][0]);
        Assert.Throws<ObjectDisposedException>(first.HandOver);
    }
}
