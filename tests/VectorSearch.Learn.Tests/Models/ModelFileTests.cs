using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

public sealed class ModelFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly LearnedModel _model = IalsLearner.Train(Samples.Grouped(), new IalsOptions { Dimension = 9, Epochs = 2 });

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_model_comes_back_as_it_was()
    {
        string path = _directory.Combine("a.model");
        _model.Card = _model.Card with { Metrics = new Dictionary<string, double> { ["ndcg@20"] = 0.25 }, DataLicence = "own" };

        string digest = ModelFile.Save(_model, path);
        LearnedModel loaded = ModelFile.Load(path, out string loadedDigest);

        Assert.Equal(digest, loadedDigest);
        Assert.Equal(_model.Learner, loaded.Learner);
        Assert.Equal(_model.Items.Ids, loaded.Items.Ids);
        Assert.Equal(_model.Users!.Ids, loaded.Users!.Ids);
        Assert.Equal(0.25, loaded.Card.Metrics["ndcg@20"]);
        float[] expected = new float[9], actual = new float[9];
        foreach (string name in new[] { "similar", "history" })
        {
            Assert.Equal(_model.Question(name).Space, loaded.Question(name).Space);
            Assert.Equal(_model.Question(name).Metric, loaded.Question(name).Metric);
            _model.Question(name).Encode([3, 7], [1f, 2f], expected);
            loaded.Question(name).Encode([3, 7], [1f, 2f], actual);
            Assert.Equal(expected, actual);
        }

        Assert.Empty(Directory.GetFiles(_directory.Path, "*.tmp"));
    }

    [Fact]
    public void The_digest_covers_everything_but_the_card()
    {
        string first = ModelFile.Save(_model, _directory.Combine("a.model"));
        _model.Card = _model.Card with { Data = "other words", Created = DateTimeOffset.UnixEpoch };

        Assert.Equal(first, ModelFile.Save(_model, _directory.Combine("b.model")));
        Assert.NotEqual(first, ModelFile.Save(IalsModel.FoldInItem(_model, "new", [1, 2, 3]), _directory.Combine("c.model")));
    }

    [Fact]
    public void Any_flipped_bit_is_found_and_placed()
    {
        string path = _directory.Combine("a.model");
        ModelFile.Save(_model, path);
        byte[] good = File.ReadAllBytes(path);
        Xoshiro256 random = new(TestSeed.Value);
        for (int n = 0; n < TestScale.Pick(200, 5000); n++)
        {
            byte[] bad = [.. good];
            int at = random.NextInt(bad.Length);
            bad[at] ^= (byte)(1 << random.NextInt(8));
            File.WriteAllBytes(path, bad);

            Exception? fault = Record.Exception(() => ModelFile.Load(path));

            Assert.True(fault is ModelFileException, $"byte {at}: {fault?.GetType().Name ?? "accepted"}; {TestSeed.Describe}");
        }
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        string path = _directory.Combine("a.model");
        ModelFile.Save(_model, path);
        byte[] good = File.ReadAllBytes(path);
        for (int length = 0; length < good.Length; length += Math.Max(1, good.Length / TestScale.Pick(60, 2000)))
        {
            File.WriteAllBytes(path, good[..length]);
            Assert.Throws<ModelFileException>(() => ModelFile.Load(path));
        }

        File.WriteAllBytes(path, [.. good, 0]);
        Assert.Contains("follow the end", Assert.Throws<ModelFileException>(() => ModelFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_file_and_a_later_version_say_what_they_are()
    {
        string path = _directory.Write("a.txt", "userId,movieId,rating,timestamp\n");

        Assert.Contains("not a model file", Assert.Throws<ModelFileException>(() => ModelFile.Load(path)).Message, StringComparison.Ordinal);
    }
}
