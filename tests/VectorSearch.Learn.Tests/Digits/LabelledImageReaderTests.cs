using VectorSearch.Learn.Tests.Images;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Digits;

public sealed class LabelledImageReaderTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_list_gives_pictures_labels_and_numbers()
    {
        Png("a.png", 4, 4);
        Idx("b-ubyte", 3, 4, 4);
        string list = _folder.Write("list.csv", "path,height,label\na.png,2,x\nb-ubyte#2,3,y\na.png,4,x\nb-ubyte#0,5,y\n");
        LabelledImages images = LabelledImageReader.ReadTraining([list], null);
        Assert.Equal(["x", "y"], images.Labels.Ids);
        Assert.Equal(["height"], images.Columns.Ids);
        Assert.Equal([2, 3, 4, 5], images.Numbers.Select(row => row[0]));
        Assert.Equal([0, 1, 0, 1], images.LabelOf);
        Assert.Equal(2, images.Images[1].Samples[0]);
    }

    [Fact]
    public void Idx_files_count_as_one_list()
    {
        string one = Idx("one-ubyte", 2, 3, 3), two = Idx("two-ubyte", 2, 3, 3);
        LabelledImages images = LabelledImageReader.ReadTraining([one, two], Labels("labels-ubyte", 4, 9, 4, 9));
        Assert.Equal(["4", "9"], images.Labels.Ids);
        Assert.Equal(4, images.Count);
    }

    [Theory]
    [InlineData("path,label\na.png,x\nb.png,x\nsmall.png,y\na.png,y\n", "line 4", "3 × 3")]
    [InlineData("path,label\na.png,x\nb.png,x\nblank.png,y\na.png,y\n", "line 4", "nothing on it")]
    [InlineData("path,label\na.png,x\nb.png,x\na.png,y\n", "line 4", "'y' has one picture")]
    [InlineData("path,label\na.png,x\nnone.png,x\n", "none.png", "cannot be opened")]
    [InlineData("path,label\na.png,x\n,x\n", "line 3", "empty")]
    [InlineData("path,label,h\na.png,x,1\nb.png,x,NaN\na.png,y,1\nb.png,y,1\n", "line 3", "'NaN'")]
    [InlineData("path,label,h\na.png,x,1\nb.png,x,1\na.png,y,1\nb.png,y,1\n", "'h'", "in all 4 rows")]
    [InlineData("path,class\na.png,x\n", "line 1", "expected path and label")]
    [InlineData("path,label\na.png#1,x\n", "line 2", "")]
    public void A_faulty_row_is_named_with_file_and_line(string content, string place, string problem)
    {
        Png("a.png", 4, 4);
        Png("b.png", 4, 4);
        Png("small.png", 3, 3);
        File.WriteAllBytes(_folder.Combine("blank.png"), PngSamples.Grey(4, 4, (_, _) => 7));
        string list = _folder.Write("list.csv", content);
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledImageReader.ReadTraining([list], null));
        Assert.Contains(place == "line 2" ? "a.png" : place, fault.Message, StringComparison.Ordinal);
        Assert.Contains(problem, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_held_out_label_that_training_lacks_is_named()
    {
        Png("a.png", 4, 4);
        LabelledImages train = LabelledImageReader.ReadTraining([_folder.Write("train.csv", "path,label\na.png,x\na.png,x\na.png,y\na.png,y\n")], null);
        string list = _folder.Write("test.csv", "path,label\na.png,x\na.png,z\n");
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledImageReader.ReadHeldOut([list], null, train));
        Assert.Equal((list, 3), (fault.File, fault.Line));
        Assert.Contains("'z'", fault.Message, StringComparison.Ordinal);
        list = _folder.Write("valid.csv", "path,label\na.png,x\n");
        fault = Assert.Throws<DataFormatException>(() => LabelledImageReader.ReadValidation([list], null, train));
        Assert.Contains("no example of label 'y'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_files_that_are_cut_short_or_do_not_fit_are_refused()
    {
        string images = Idx("images-ubyte", 2, 3, 3);
        File.WriteAllBytes(_folder.Combine("short-ubyte"), File.ReadAllBytes(images)[..^1]);
        Assert.Contains("truncated", Fault([_folder.Combine("short-ubyte")], Labels("l2-ubyte", 1, 2)), StringComparison.Ordinal);
        Assert.Contains("3 labels for 2 pictures", Fault([images], Labels("l3-ubyte", 1, 2, 3)), StringComparison.Ordinal);
        Assert.Contains("labels", Fault([images], null), StringComparison.Ordinal);
        Assert.Contains("000008", Fault([_folder.Write("text-ubyte", "not an idx file")], Labels("l4-ubyte", 1, 2)), StringComparison.Ordinal);

        static string Fault(string[] paths, string? labels) => Assert.Throws<DataFormatException>(() => LabelledImageReader.ReadTraining(paths, labels)).Message;
    }

    private void Png(string name, int width, int height) =>
        File.WriteAllBytes(_folder.Combine(name), PngSamples.Grey(width, height, (x, y) => (byte)(x == y ? 255 : 0)));

    /// <summary>Pictures whose first pixel is their number.</summary>
    private string Idx(string name, byte count, byte height, byte width)
    {
        byte[] values = new byte[count * height * width];
        for (int n = 0; n < count; n++) (values[n * height * width], values[(n * height * width) + 4]) = ((byte)n, 200);
        File.WriteAllBytes(_folder.Combine(name), [0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, height, 0, 0, 0, width, .. values]);
        return _folder.Combine(name);
    }

    private string Labels(string name, params byte[] labels)
    {
        File.WriteAllBytes(_folder.Combine(name), [0, 0, 8, 1, 0, 0, 0, (byte)labels.Length, .. labels]);
        return _folder.Combine(name);
    }
}
