using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Learn;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>Encoders of texts, sound, pictures and tables on the server give the vectors of training, and a joint one answers across kinds.</summary>
public sealed class FeatureServingTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Png = "image/png", Wav = "audio/wav";
    private static readonly string[] Words = ["low", "high"];

    private static byte[] Picture(int kind) => MediaSamples.Png(16, 16, (x, y) => (byte)(kind == 0 ? (x / 4 % 2 == 0 ? 255 : 0) : (y / 4 % 2 == 0 ? 255 : 0)));

    private static byte[] Tone(int kind) => MediaSamples.Wav(kind == 0 ? 300 : 2500);

    private async Task<PointsClient> ServeAsync(LearnedEncoder encoder, string collection)
    {
        string file = Path.Combine(server.DataDirectory, collection + ".vsmodel");
        EncoderModelFile.Save(new EncoderModel(encoder, new ModelCard()), file);
        Model stored = await server.Client.Models.PutAsync(file);
        Question question = Assert.Single(stored.Questions);
        Assert.Equal(("features", encoder.Space.ToString(), (uint)encoder.Dimension), (question.Name, question.SpaceId, question.Dimension));
        await server.Client.Collections.CreateAsync(new Collection
        {
            Name = collection, Dimension = question.Dimension, Metric = question.Metric, SpaceId = question.SpaceId, IdKind = IdKind.Number, Model = stored.Digest, Question = question.Name,
        });
        return server.Client.Points(collection);
    }

    private async Task<float[]> StoredAsync(PointsClient points, ulong id) => [.. Assert.Single(await points.GetAsync(new[] { id }, withVectors: true)).Vector.ToArray()];

    private static LearnedEncoder Joint()
    {
        JointColumn[] columns = [new("text", JointKind.Text), new("image", JointKind.Image), new("audio", JointKind.Audio)];
        JointItems[] items =
        [
            new(Words, [], []), new(["p0", "p1"], [PngReader.Read(Picture(0), "p0"), PngReader.Read(Picture(1), "p1")], []),
            new(["c0", "c1"], [], [WavReader.Read(Tone(0), "c0"), WavReader.Read(Tone(1), "c1")]),
        ];
        int[][] rows = [.. Enumerable.Range(0, 20).Select(n => n % 4 < 2 ? (int[])[n % 2, n % 2, -1] : [n % 2, -1, n % 2])];
        JointTable table = new(columns, items, rows, [.. rows.Select(row => row[0])], [.. rows.Select(_ => "")]);
        return JointEncoder.Train(table, new JointOptions { Dimension = 8, Hidden = 16, Epochs = 30, Batch = 8, LearningRate = 1e-2, Augmentation = 0.2, Threads = 1 });
    }

    [Fact]
    public async Task A_query_of_one_kind_is_answered_with_things_of_others()
    {
        PointsClient points = await ServeAsync(Joint(), "joint");
        await points.UpsertAsync(
            new ulong[] { 10, 11, 20, 21 },
            [ModelInput.Media(Picture(0), Png), ModelInput.Media(Picture(1), Png), ModelInput.Media(Tone(0), Wav), ModelInput.Media(Tone(1), Wav)]);
        for (int kind = 0; kind < 2; kind++)
        {
            QueryResult answered = await points.QueryAsync([ModelInput.Text(Words[kind])], new QueryOptions { Limit = 2 });
            Assert.Equal([10 + (ulong)kind, 20 + (ulong)kind], answered[0].Select(hit => hit.Id.Number).Order());
        }

        QueryResult across = await points.QueryAsync([ModelInput.Media(Picture(1), Png)], new QueryOptions { Limit = 2 });
        Assert.Equal([11UL, 21UL], across[0].Select(hit => hit.Id.Number).Order());
    }

    [Fact]
    public async Task Texts_get_the_vectors_of_training()
    {
        LabelledTexts texts = new(new Vocabulary(["a", "b"]), ["red apple", "green apple", "steel hammer", "iron hammer"], [0, 0, 1, 1]);
        TextClassifier encoder = TextClassifier.Train(texts, new TextClassifierOptions { Dimension = 8, Epochs = 5, Threads = 1 });
        PointsClient points = await ServeAsync(encoder, "texts");
        await points.UpsertAsync(new ulong[] { 1 }, [ModelInput.Text("an apple")]);
        float[] expected = new float[8];
        encoder.Encode("an apple", expected);
        Assert.Equal(expected, await StoredAsync(points, 1));
        await RefusedAsync(() => points.QueryAsync([ModelInput.Text("東京")]), "東京", "seen in training");
        await RefusedAsync(() => points.QueryAsync([ModelInput.Media(Picture(0), Png)]), Png, "text");
    }

    [Fact]
    public async Task Tables_get_the_vectors_of_training_and_each_column_must_come_once()
    {
        DenseTable table = new(new Vocabulary(["x", "y"]), new Vocabulary(["a", "b"]), VectorTable.Of([[1f, 2], [2, 1], [5, 9], [6, 8]]), [0, 0, 1, 1]);
        DenseEncoder encoder = DenseEncoder.Train(table, new MetricLearningOptions { Dimension = 4, Hidden = [8], Epochs = 3, Threads = 1 });
        PointsClient points = await ServeAsync(encoder, "rows");
        await points.UpsertAsync(new ulong[] { 1 }, [ModelInput.Sparse(new Dictionary<string, float> { ["y"] = 9, ["x"] = 5 })]);
        float[] expected = new float[4];
        encoder.Encode([5, 9], expected);
        Assert.Equal(expected, await StoredAsync(points, 1));
        await RefusedAsync(() => points.QueryAsync([ModelInput.Sparse(new Dictionary<string, float> { ["x"] = 1 })]), "'y' is missing", "2 columns");
        await RefusedAsync(() => points.QueryAsync([ModelInput.Sparse(new Dictionary<string, float> { ["x"] = 1, ["y"] = 2, ["z"] = 3 })]), "'z'", "2 columns");
    }

    [Fact]
    public async Task Pictures_of_ink_get_the_vectors_of_training_and_other_sizes_and_files_are_refused()
    {
        PixelImage[] images = [.. Enumerable.Range(0, 8).Select(n => PngReader.Read(Picture(n % 2), "picture"))];
        LabelledImages labelled = new(new Vocabulary(["a", "b"]), new Vocabulary([]), images, [.. images.Select(_ => Array.Empty<float>())], [0, 1, 0, 1, 0, 1, 0, 1]);
        BitmapClassifier encoder = BitmapClassifier.Train(labelled, new BitmapClassifierOptions { Dimension = 3, Hidden = [8], Epochs = 2, Threads = 1 });
        PointsClient points = await ServeAsync(encoder, "ink");
        await points.UpsertAsync(new ulong[] { 1 }, [ModelInput.Media(Picture(1), Png)]);
        float[] expected = new float[3];
        encoder.Encode(images[1], expected);
        Assert.Equal(expected, await StoredAsync(points, 1));
        await RefusedAsync(() => points.QueryAsync([ModelInput.Media(MediaSamples.Png(5, 5, (x, _) => (byte)x), Png)]), "5 × 5", "16 × 16");
        await RefusedAsync(() => points.QueryAsync([ModelInput.Media(Picture(0).AsSpan(0, 30), Png)]), "truncated", "picture");
    }

    private static async Task RefusedAsync(Func<Task> call, params string[] words)
    {
        VectorSearchClientException refused = await Assert.ThrowsAsync<VectorSearchClientException>(call);
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code);
        foreach (string word in words) Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }
}
