using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Dense;

public sealed class DenseEncoderTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MetricLoss.Proxy)]
    [InlineData(MetricLoss.SupervisedContrastive)]
    [InlineData(MetricLoss.Triplet)]
    public void Every_loss_brings_the_examples_of_a_class_together(MetricLoss loss)
    {
        DenseTable train = DenseSamples.Clusters(450, 4, salt: 1), test = DenseSamples.Clusters(90, 4, salt: 2);
        DenseEncoder encoder = DenseEncoder.Train(train, Options() with { Loss = loss });
        int[] predicted = NearestNeighbours.Classify(encoder.EncodeAll(train), train.LabelOf, encoder.EncodeAll(test), 5);
        ClassificationReport report = new(3, test.LabelOf, predicted);
        Assert.True(report.Accuracy >= 0.93, $"accuracy {report.Accuracy}; {TestSeed.Describe}");
    }

    [Theory]
    [InlineData(MetricLoss.Proxy)]
    [InlineData(MetricLoss.SupervisedContrastive)]
    [InlineData(MetricLoss.Triplet)]
    public void One_seed_gives_one_model_at_any_number_of_threads(MetricLoss loss)
    {
        DenseTable train = DenseSamples.Clusters(60, 5, salt: 3);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => EncoderModelFile.Save(
            new EncoderModel(DenseEncoder.Train(train, Options() with { Loss = loss, Threads = threads, Epochs = 3 }), new ModelCard()), _folder.Combine("m")))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
    }

    [Fact]
    public void A_model_file_gives_back_an_encoder_with_the_same_bits()
    {
        DenseTable train = DenseSamples.Clusters(60, 5, salt: 3);
        DenseEncoder encoder = DenseEncoder.Train(train, Options() with { Epochs = 2 });
        EncoderModelFile.Save(new EncoderModel(encoder, new ModelCard()), _folder.Combine("m"));
        DenseEncoder loaded = Assert.IsType<DenseEncoder>(EncoderModelFile.Load(_folder.Combine("m")).Encoder);
        Assert.Equal(encoder.Space, loaded.Space);
        Assert.Equal(encoder.Columns, loaded.Columns);
        Assert.Equal(encoder.EncodeAll(train, 1)[7].ToArray(), loaded.EncodeAll(train, 2)[7].ToArray());
    }

    [Theory]
    [InlineData("a,b,label\n1,2,x\n1,NaN,x\n3,4,y\n", "line 3", "'NaN'")]
    [InlineData("a,b,label\n1,2,x\n1,oops,x\n", "line 3, column 2", "'oops'")]
    [InlineData("a,b,label\n1,2,x\n5,2,x\n3,2,y\n4,2,y\n", "'b'", "in all 4 rows")]
    [InlineData("a,b,label\n1,2,x\n2,3,x\n3,4,y\n", "line 4", "one row")]
    [InlineData("a,b\n1,2\n", "line 1", "no column 'label'")]
    [InlineData("a,b,label\n1,2\n", "line 2", "2 fields")]
    [InlineData("a,b,label\n1,2,x\n2,3,x\n", "table.csv", "1 classes")]
    public void A_fault_of_a_table_names_its_place(string content, string where, string what)
    {
        string path = _folder.Write("table.csv", content);
        DataFormatException fault = Assert.Throws<DataFormatException>(() => DenseTableReader.ReadTraining(path));
        Assert.Contains("table.csv", fault.Message, StringComparison.Ordinal);
        Assert.Contains(where, fault.Message, StringComparison.Ordinal);
        Assert.Contains(what, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Held_out_rows_must_have_the_columns_and_labels_of_training()
    {
        DenseTable train = DenseTableReader.ReadTraining(_folder.Write("a.csv", "a,b,label\n1,2,x\n2,3,x\n3,4,y\n4,7,y\n"));
        Assert.Equal("b", Assert.Throws<DataFormatException>(() => DenseTableReader.ReadHeldOut(_folder.Write("t.csv", "a,c,label\n1,2,x\n"), train)).Message is { } m && m.Contains("a, c", StringComparison.Ordinal) ? "b" : "");
        Assert.Contains("'z'", Assert.Throws<DataFormatException>(() => DenseTableReader.ReadHeldOut(_folder.Write("u.csv", "a,b,label\n1,2,z\n"), train)).Message, StringComparison.Ordinal);
    }

    private static MetricLearningOptions Options() => new() { Dimension = 8, Hidden = [32], Epochs = 25, Batch = 24, LearningRate = 5e-3, Threads = 1 };
}
