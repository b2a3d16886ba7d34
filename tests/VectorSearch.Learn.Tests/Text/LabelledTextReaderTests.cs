using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Text;

public sealed class LabelledTextReaderTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_text_is_the_last_column_and_its_escapes_are_undone()
    {
        string path = _folder.Write("train.tsv", "a\tid1\tone\\ntwo \\\\ x\nb\tid2\tthree\na\tid3\tfour\nb\tid4\tfive\n");
        LabelledTexts texts = LabelledTextReader.ReadTraining([path]);
        Assert.Equal(["a", "b"], texts.Labels.Ids);
        Assert.Equal(["one\ntwo \\ x", "three", "four", "five"], texts.Texts);
        Assert.Equal([0, 1, 0, 1], texts.LabelOf);
    }

    [Fact]
    public void Lines_as_fastText_writes_them_are_read_too()
    {
        string path = _folder.Write("train.txt", "__label__x one two\n__label__y three\n__label__x four\n__label__y five\n");
        LabelledTexts texts = LabelledTextReader.ReadTraining([path]);
        Assert.Equal(["x", "y"], texts.Labels.Ids);
        Assert.Equal("one two", texts.Texts[0]);
    }

    [Theory]
    [InlineData("a\tone\na\ttwo\nb three\n", "line 3", "no tab")]
    [InlineData("a\tone\na\t  \n", "line 2", "empty")]
    [InlineData("a\tone\n\ttwo\n", "line 2", "label is empty")]
    [InlineData("a\tone\na\ttwo\nrare\tthree\n", "line 3", "'rare' has one text")]
    [InlineData("a\tone\na\ttwo\n", "train.tsv", "1 classes")]
    public void A_fault_names_file_and_line(string content, string where, string what)
    {
        string path = _folder.Write("train.tsv", content);
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledTextReader.ReadTraining([path]));
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
        Assert.Contains(where, fault.Message, StringComparison.Ordinal);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_training_lacks_is_refused_in_held_out_texts()
    {
        string path = _folder.Write("test.tsv", "a\tone\nz\ttwo\n");
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledTextReader.ReadHeldOut([path], new Vocabulary(["a", "b"])));
        Assert.Equal(2, fault.Line);
        Assert.Contains("'z'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_of_training_that_texts_to_tune_on_lack_is_named()
    {
        string path = _folder.Write("valid.tsv", "a\tone\na\ttwo\n");
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledTextReader.ReadValidation([path], new Vocabulary(["a", "b", "c"])));
        Assert.Equal(path, fault.File);
        Assert.Contains("no example of label 'b'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("nor of 1 others", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, LabelledTextReader.ReadValidation([path], new Vocabulary(["a"])).Count);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        string path = _folder.Combine("train.tsv");
        File.WriteAllBytes(path, [(byte)'a', (byte)'\t', 0xff, 0xfe, (byte)'\n']);
        Assert.Contains("UTF-8", Assert.Throws<DataFormatException>(() => LabelledTextReader.ReadTraining([path])).Message, StringComparison.Ordinal);
    }
}
