using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Joint;

public sealed class JointEncoderTests : IDisposable
{
    private static readonly JointOptions Options = new() { Dimension = 16, Hidden = 32, Epochs = 12, Batch = 32, LearningRate = 5e-3, Augmentation = 0.3, Threads = 1 };

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_find_each_other_even_where_they_never_stood_together()
    {
        JointEncoder encoder = JointEncoder.Train(JointSamples.Train(90, salt: 1), Options);
        IReadOnlyList<RetrievalReport> reports = JointLearning.Measure(encoder, JointSamples.Test(30, salt: 2), threads: 1);
        foreach (string direction in (string[])["text→image", "image→text", "text→audio", "audio→text", "image→audio", "audio→image"])
        {
            RetrievalReport report = reports.Single(one => one.Direction == direction);
            Assert.True(report.Recall[1] > 0.8, $"{report}; {TestSeed.Describe}");
        }
    }

    [Fact]
    public void One_seed_gives_one_model_at_any_number_of_threads_and_its_file_gives_back_the_same_bits()
    {
        JointTable train = JointSamples.Train(30, salt: 3);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => Save(JointEncoder.Train(train, Options with { Threads = threads, Epochs = 2 }), $"{threads}"))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
        JointEncoder trained = JointEncoder.Train(train, Options with { Epochs = 2 });
        JointEncoder loaded = Assert.IsType<JointEncoder>(EncoderModelFile.Load(_folder.Combine("1")).Encoder);
        Assert.Equal(trained.Space, loaded.Space);
        for (int c = 0; c < train.Columns.Count; c++)
            Assert.Equal(trained.EncodeAll(train.Columns[c], train.Items[c]).ToCompact(3), loaded.EncodeAll(train.Columns[c], train.Items[c]).ToCompact(3));
        Assert.NotEqual(digests[0], Save(JointEncoder.Train(train, Options with { Epochs = 2, Seed = 2 }), "other"));
    }

    [Fact]
    public void What_is_not_known_has_no_vector()
    {
        JointEncoder encoder = JointEncoder.Train(JointSamples.Train(12, salt: 4), Options with { Epochs = 1 });
        float[] vector = new float[encoder.Dimension];
        Assert.False(encoder.EncodeText("東京", vector));
        Assert.All(vector, value => Assert.Equal(0, value));
        Assert.False(encoder.EncodeIds(["four"], vector));
        Assert.True(encoder.EncodeIds(["four", "one"], vector));
        Assert.Equal(1, FixedLanes.Dot(vector, vector), 4);
        Assert.Contains("image", Assert.Throws<ArgumentException>(() => encoder.ColumnOf(JointKind.Text, "title")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_of_the_loss_equal_finite_differences()
    {
        const int N = 5, Stride = 16;
        int[] groups = [0, 1, 0, 2, 1];
        float[] a = Random(N, 1), b = Random(N, 2), a0 = [.. a], b0 = [.. b];
        ContrastiveLoss.Run(a, b, Stride, groups, 3, 1, out double scaleGradient);
        const float Step = 1e-2f;
        for (int n = 0; n < N; n++)
        {
            Check(a0, a, (n * Stride) + n);
            Check(b0, b, (n * Stride) + n + 1);
        }

        Assert.Equal((Loss(3 * MathF.Exp(Step)) - Loss(3 * MathF.Exp(-Step))) / (2 * Step), scaleGradient, 2e-3);

        void Check(float[] values, float[] gradient, int at)
        {
            float kept = values[at];
            values[at] = kept + Step;
            double up = Loss(3);
            values[at] = kept - Step;
            double down = Loss(3);
            values[at] = kept;
            Assert.Equal((up - down) / (2 * Step), gradient[at], 2e-3);
        }

        double Loss(float scale) => ContrastiveLoss.Run([.. a0], [.. b0], Stride, groups, scale, 1, out _);

        static float[] Random(int rows, ulong salt)
        {
            float[] values = new Parameter("p", rows, 8, false).Initialise(TestSeed.Value, salt, 0.3).Value;
            for (int n = 0; n < rows; n++) FixedLanes.TryNormalise(values.AsSpan(n * Stride, Stride));
            return values;
        }
    }

    [Fact]
    public void Retrieval_is_measured_as_by_hand()
    {
        JointColumn[] columns = [new("text", JointKind.Text), new("id", JointKind.Id)];
        JointItems[] items = [new(["a", "b"], [], []), new(["x", "y", "z"], [], [])];
        JointTable table = new(columns, items, [[0, 0], [1, 2], [-1, 1]], [0, 1, 2], ["en", "de", ""]);
        VectorTable texts = VectorTable.Of([[1f, 0], [0.6f, 0.8f]]), ids = VectorTable.Of([[0.9f, 0.1f], [0.7f, 0.7f], [0, 1f]]);
        RetrievalReport[] reports = [.. RetrievalReport.OfAll(table, [texts, ids]).Where(report => report.From == "text")];
        // a ranks x (0.9), y, z: right at once. b ranks y (0.98), z (0.8), x (0.62): z is second.
        Assert.Equal((2, 3, 0.5, 1.0, 1.5), (reports[0].Queries, reports[0].Gallery, reports[0].Recall[1], reports[0].Recall[5], reports[0].MedianRank));
        Assert.Equal(1 / 3.0, reports[0].Precision, 9);
        Assert.Equal(["", "de", "en"], reports.Select(report => report.Part));
        Assert.Equal([0.5, 0, 1], reports.Select(report => report.Recall[1]));
    }

    [Fact]
    public void A_query_without_a_vector_finds_nothing()
    {
        JointColumn[] columns = [new("text", JointKind.Text), new("id", JointKind.Id)];
        JointTable table = new(columns, [new(["a", "b"], [], []), new(["x", "y"], [], [])], [[0, 0], [1, 1]], [0, 1], ["", ""]);
        RetrievalReport report = RetrievalReport.OfAll(table, [VectorTable.Of([[0f, 0], [0, 1f]]), VectorTable.Of([[1f, 0], [0, 1f]])])[0];
        Assert.Equal(0.5, report.Recall[1]);
    }

    [Fact]
    public void All_faults_of_the_options_come_at_once()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => JointEncoder.Train(JointSamples.Train(6, salt: 5), new() { Dimension = 0, Batch = 1, Temperature = 5, Augmentation = -1 }));
        foreach (string name in (string[])["Dimension", "Batch", "Temperature", "Augmentation"]) Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    private string Save(JointEncoder encoder, string name) => EncoderModelFile.Save(new EncoderModel(encoder, new ModelCard()), _folder.Combine(name));
}
