using VectorSearch.Learn.Tests.Audio;
using VectorSearch.Learn.Tests.Images;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Joint;

public sealed class JointTableReaderTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public JointTableReaderTests()
    {
        File.WriteAllBytes(_folder.Combine("a.png"), PngSamples.Grey(4, 4, (x, y) => (byte)(x * y * 20)));
        File.WriteAllBytes(_folder.Combine("b.png"), PngSamples.Grey(6, 3, (x, y) => (byte)(x + y)));
        File.WriteAllBytes(_folder.Combine("c.wav"), WavSamples.Sine(16, 8_000, 1, 0.5f));
        File.WriteAllBytes(_folder.Combine("d.wav"), WavSamples.Sine(16, 8_000, 1, 0.3f));
        File.WriteAllBytes(_folder.Combine("cut.wav"), WavSamples.Sine(16, 8_000, 1, 0.5f)[..100]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rows_that_share_a_cell_directly_or_by_others_are_one_group()
    {
        JointTable table = Read("text,image,audio\none,a.png,\neins,a.png,\neins,,c.wav\ntwo,b.png,d.wav\n");
        Assert.Equal(["text", "image", "audio"], table.Columns.Select(column => column.Name));
        Assert.Equal(table.GroupOf[0], table.GroupOf[1]);
        Assert.Equal(table.GroupOf[0], table.GroupOf[2]);
        Assert.NotEqual(table.GroupOf[0], table.GroupOf[3]);
        Assert.Equal([1, -1, 0], table.Rows[2]);
        Assert.Equal(2, table.Items[1].Images.Count);
    }

    [Fact]
    public void Groups_and_parts_come_from_their_columns_and_several_columns_of_a_kind_have_names()
    {
        JointTable table = Read("group,image:photo,image:drawing,part\nx,a.png,b.png,one\ny,b.png,a.png,two\nx,b.png,,one\n");
        Assert.Equal([0, 1, 0], table.GroupOf);
        Assert.Equal(["one", "two", "one"], table.PartOf);
        Assert.Equal([new JointColumn("image:photo", JointKind.Image), new JointColumn("image:drawing", JointKind.Image)], table.Columns);
        Assert.Equal(["image:drawing"], JointTableReader.ReadHeldOut(_folder.Write("test.csv", "image:drawing\na.png\n"), table.Columns).Columns.Select(column => column.Name));
    }

    [Theory]
    [InlineData("text,image\none,a.png\ntwo\n", "line 3", "1 fields")]
    [InlineData("text,image\none,a.png\n,\n", "line 3", "all cells")]
    [InlineData("text,image\none,a.png\ntwo,none.png\n", "none.png", "cannot be opened")]
    [InlineData("text,audio\none,c.wav\ntwo,cut.wav\n", "cut.wav", "truncated")]
    [InlineData("text,picture\none,a.png\n", "line 1", "'picture'")]
    [InlineData("text,text\none,two\n", "line 1", "twice")]
    [InlineData("group,text,image\n,one,a.png\n", "line 2", "group is empty")]
    [InlineData("text,image\none,\n,a.png\n", "list.csv", "no row has two kinds")]
    [InlineData("text,image\none,a.png\ntwo,a.png\n", "'image'", "1 things")]
    public void A_faulty_row_is_named_with_file_and_line(string content, string place, string problem)
    {
        DataFormatException fault = Assert.Throws<DataFormatException>(() => Read(content));
        Assert.Contains(place, fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_out_column_that_training_lacks_is_named()
    {
        JointTable train = Read("text,image\none,a.png\ntwo,b.png\n");
        string test = _folder.Write("test.csv", "text,id\none,1\n");
        Assert.Contains("'id'", Assert.Throws<DataFormatException>(() => JointTableReader.ReadHeldOut(test, train.Columns)).Message, StringComparison.Ordinal);
    }

    private JointTable Read(string content) => JointTableReader.ReadTraining(_folder.Write("list.csv", content), threads: 1);
}
