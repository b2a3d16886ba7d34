using System.Text.Json;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>The learn commands as a person runs them, on a few of the shipped examples.</summary>
public sealed class LearnCommandTests : IDisposable
{
    private static readonly string Samples = Path.Combine(AppContext.BaseDirectory, "samples");

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Digits_are_learned_drawn_and_written_to_a_model()
    {
        string digits = Path.Combine(Samples, "digits-written"), picture = _directory.Combine("digits.html"), model = _directory.Combine("digits.vsmodel");
        JsonElement line = await LearnAsync(
            "digits", "--train", Path.Combine(digits, "test-images-idx3-ubyte.gz"), "--train-labels", Path.Combine(digits, "test-labels-idx1-ubyte.gz"),
            "--test", Path.Combine(digits, "test-images-idx3-ubyte.gz"), "--test-labels", Path.Combine(digits, "test-labels-idx1-ubyte.gz"),
            "--dim", "3", "--epochs", "2", "--set", "hidden=32", "--out", model, "--picture", picture);
        Assert.Equal(3, line.GetProperty("dim").GetInt32());
        Assert.InRange(line.GetProperty("metrics").GetProperty("error").GetDouble(), 0, 0.9);
        Assert.StartsWith("sha256:", line.GetProperty("space_id").GetString(), StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(picture);
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("const P=[[", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(line.GetProperty("space_id").GetString(), VectorSearch.Learn.EncoderModelFile.Load(model).Encoder.Space.ToString());
    }

    [Fact]
    public async Task Prices_are_learned_beside_baselines_and_words_are_drawn()
    {
        string listings = Path.Combine(Samples, "listings"), picture = _directory.Combine("words.svg");
        JsonElement line = await LearnAsync(
            "regression", "--train", Path.Combine(listings, "test.csv.gz"), "--target", "price", "--baselines", "--epochs", "3", "--set", "members=1", "--picture", picture);
        double rmse = line.GetProperty("metrics").GetProperty("rmse").GetDouble();
        Assert.InRange(rmse, 0.1, line.GetProperty("baselines").GetProperty("mean").GetProperty("rmse").GetDouble());
        Assert.Contains(line.GetProperty("baselines").EnumerateObject(), baseline => baseline.Name.StartsWith("ridge", StringComparison.Ordinal));
        Assert.NotEmpty(line.GetProperty("words").EnumerateObject());
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prices_are_measured_on_every_row_by_folds_and_not_beside_a_test_file()
    {
        string file = Path.Combine(Samples, "listings", "test.csv.gz");
        string[] command = ["regression", "--train", file, "--target", "price", "--folds", "2", "--epochs", "1", "--set", "members=1"];
        JsonElement line = await LearnAsync(command);
        Assert.Equal(300, line.GetProperty("test").GetInt32());
        (int exitCode, string output) = await CliProcess.RunAsync(["learn", .. command, "--test", file]);
        Assert.True(exitCode == 1, output);
        Assert.Contains("--folds", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_pictures_and_sound_are_brought_together_and_measured_in_six_directions()
    {
        string joint = Path.Combine(Samples, "joint"), picture = _directory.Combine("joint.html");
        JsonElement line = await LearnAsync(
            "joint", "--train", Path.Combine(joint, "train.csv"), "--test", Path.Combine(joint, "test.csv"), "--epochs", "1", "--set", "hidden=32",
            "--out", _directory.Combine("joint.vsmodel"), "--picture", picture);
        Assert.Equal(6, line.GetProperty("directions").GetArrayLength());
        Assert.All(line.GetProperty("directions").EnumerateArray(), direction => Assert.InRange(direction.GetProperty("precision@10").GetDouble(), 0, 1));
        Assert.Contains("<svg", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
        Assert.IsType<VectorSearch.Learn.JointEncoder>(VectorSearch.Learn.EncoderModelFile.Load(_directory.Combine("joint.vsmodel")).Encoder);
    }

    [Theory]
    [InlineData("text", "netflix/test.tsv")]
    [InlineData("dense", "vowels/train.csv.gz")]
    [InlineData("audio", "digits-spoken/test.csv")]
    public async Task Texts_tables_and_sound_are_drawn_too(string command, string sample)
    {
        string file = Path.Combine(Samples, sample), picture = _directory.Combine("space.svg");
        await LearnAsync(command, "--train", file, "--test", file, "--epochs", "1", "--dim", "8", "--picture", picture);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Word_vectors_are_learned_from_running_text_and_judged()
    {
        string pairs = _directory.Combine("pairs.txt"), model = _directory.Combine("words.vsmodel"), picture = _directory.Combine("words.svg"), curve = _directory.Combine("curve.svg");
        await File.WriteAllTextAsync(pairs, "man woman 8\nlove family 5\nyoung war 1\nworld life 4\n");
        JsonElement line = await LearnAsync(
            "text", "--method", "skipgram", "--train", Path.Combine(Samples, "netflix", "test.tsv"), "--epochs", "1", "--dim", "16", "--similarity", pairs, "--out", model, "--picture", picture);
        Assert.Contains(">love<", await File.ReadAllTextAsync(picture), StringComparison.Ordinal);
        Assert.InRange(line.GetProperty("similarity").GetProperty("pairs").GetProperty("spearman").GetDouble(), -1, 1);
        Assert.IsType<VectorSearch.Learn.WordVectors>(VectorSearch.Learn.EncoderModelFile.Load(model).Encoder);
        string texts = Path.Combine(Samples, "netflix", "test.tsv");
        line = await LearnAsync("text", "--train", texts, "--test", texts, "--epochs", "1", "--start", model, "--learning-curve", "40", "20", "--picture", curve);
        Assert.Equal(2, line.GetProperty("learning_curve").GetArrayLength());
        Assert.All(line.GetProperty("learning_curve").EnumerateArray(), point => Assert.InRange(point.GetProperty("frozen").GetDouble(), 0, 1));
        Assert.Contains("fine-tuned", await File.ReadAllTextAsync(curve), StringComparison.Ordinal);
        (int exitCode, string output) = await CliProcess.RunAsync("learn", "text", "--train", Path.Combine(Samples, "netflix", "test.tsv"));
        Assert.True(exitCode == 1, output);
        Assert.Contains("--test", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_are_found_by_words_of_several_languages_beside_linear_methods()
    {
        string emoji = Path.Combine(Samples, "emoji");
        JsonElement line = await LearnAsync(
            "joint", "--train", Path.Combine(emoji, "test.csv"), "--test", Path.Combine(emoji, "test.csv"), "--epochs", "1", "--set", "hidden=32", "--baselines");
        Assert.Equal(["", "de", "en", "fr"], line.GetProperty("directions").EnumerateArray().Where(d => d.GetProperty("from").GetString() == "text").Select(d => d.GetProperty("part").GetString()!));
        Assert.Equal(2, line.GetProperty("baselines").EnumerateObject().Count());
    }

    [Theory]
    [InlineData("joint", "text,image\none,a\ntwo\n", "line 3")]
    [InlineData("digits", "path,label\nnone.png,a\n", "none.png")]
    [InlineData("regression", "text,price\na b,1\na c,x\n", "line 3")]
    public async Task A_faulty_row_is_named_without_a_stack_trace(string command, string content, string expected)
    {
        string file = _directory.Combine("bad.csv");
        await File.WriteAllTextAsync(file, content);
        string[] more = command == "regression" ? ["--target", "price"] : [];
        (int exitCode, string output) = await CliProcess.RunAsync(["learn", command, "--train", file, "--test", file, .. more]);
        Assert.True(exitCode == 1, output);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("digits")]
    [InlineData("regression")]
    [InlineData("joint")]
    [InlineData("text")]
    [InlineData("audio")]
    [InlineData("dense")]
    public async Task Help_shows_a_complete_example_on_shipped_data(string command)
    {
        (int exitCode, string output) = await CliProcess.RunAsync("learn", command, "--help");
        Assert.True(exitCode == 0, output);
        Assert.Contains($"vectorsearch learn {command} --train samples/", output, StringComparison.Ordinal);
        foreach (string word in output.Split(' ', '\n', '\r').Where(word => word.StartsWith("samples/", StringComparison.Ordinal)))
            Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, word.Trim())), word);
    }

    private static async Task<JsonElement> LearnAsync(params string[] arguments)
    {
        (int exitCode, string output) = await CliProcess.RunAsync(["learn", .. arguments, "--json"]);
        Assert.True(exitCode == 0, output);
        string last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Last(line => line.StartsWith('{'));
        return JsonDocument.Parse(last).RootElement;
    }
}
