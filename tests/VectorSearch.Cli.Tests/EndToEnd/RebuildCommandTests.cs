using System.Text.Json;
using VectorSearch.Learn;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>From training to promotion, comparison and rollback by commands alone.</summary>
public sealed class RebuildCommandTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Data => _directory.Combine("data");

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) => await CliProcess.RunAsync([.. arguments, "--data", Data]);

    private static JsonElement Last(string output)
    {
        using JsonDocument json = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Last(line => line[0] is '{' or '['));
        return json.RootElement.Clone();
    }

    /// <summary>People of two tastes and what they watched, with times.</summary>
    private string Watched(string name, int people)
    {
        List<string> lines = ["userId,movieId,rating,timestamp"];
        for (int person = 0; person < people; person++)
        {
            for (int i = 0; i < 12; i++) lines.Add($"{person + 1},{1 + (60 * (person % 2)) + (((person * 7) + (i * 5)) % 60)},5,{1_000 + i}");
        }

        string file = _directory.Combine(name);
        File.WriteAllLines(file, lines);
        return file;
    }

    private string Shuffled(string of)
    {
        string[] lines = File.ReadAllLines(of);
        for (int i = 1; i < lines.Length; i++)
        {
            string[] fields = lines[i].Split(',');
            lines[i] = $"{fields[0]},{1 + ((int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture) - 1) * 7 % 120)},{fields[2]},{fields[3]}";
        }

        string file = _directory.Combine("shuffled.csv");
        File.WriteAllLines(file, lines);
        return file;
    }

    [Fact]
    public async Task A_model_is_trained_judged_promoted_compared_and_taken_back()
    {
        string watched = Watched("watched.csv", 200), model = _directory.Combine("first.vsmodel");
        ModelFile.Save(IalsLearner.Train(InteractionReader.Read(Watched("before.csv", 150)), new IalsOptions { Dimension = 8, Threads = 1 }), model);
        (int imported, string output) = await RunAsync("import", "--collection", "films", "--model", model, "--question", "history");
        Assert.True(imported == 0, output);

        (int rebuilt, output) = await RunAsync("rebuild", "films", "--learn", watched, "--set", "epochs=6", "--set", "regularisation=0.02", "--hold", "--json");
        Assert.True(rebuilt == 0, output);
        JsonElement result = Last(output);
        Assert.Equal((2, false), (result.GetProperty("generation").GetInt32(), result.GetProperty("promoted").GetBoolean()));
        Assert.True(result.GetProperty("report").GetProperty("judgements").GetInt32() >= 100, output);
        Assert.True(result.GetProperty("report").GetProperty("measures").TryGetProperty("ndcg", out _), output);

        (_, output) = await RunAsync("diff", "films", "--examples", "2", "--json");
        Assert.Equal(2, Last(output).GetProperty("examples").GetArrayLength());
        (int promoted, output) = await RunAsync("promote", "films");
        Assert.True(promoted == 0 && output.Contains("Generation 2 of 'films' answers now.", StringComparison.Ordinal), output);
        (int back, output) = await RunAsync("rollback", "films", "--json");
        Assert.True(back == 0 && Last(output).GetProperty("number").GetInt32() == 1, output);
        (_, output) = await RunAsync("generations", "films", "--json");
        Assert.Equal([(2, "previous"), (1, "serving")], Last(output).EnumerateArray().Select(one => (one.GetProperty("number").GetInt32(), one.GetProperty("state").GetString()!)));

        (int refused, output) = await RunAsync("rebuild", "films", "--learn", Shuffled(watched), "--judgements", watched);
        Assert.True(refused == 2, output);
        Assert.Contains("was refused; the one that answered goes on", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_options_say_what_to_do()
    {
        (int code, string output) = await RunAsync("rebuild", "films", "--learn", "nowhere.csv");
        Assert.True(code == 1 && output.Contains("--learn: file 'nowhere.csv' does not exist", StringComparison.Ordinal), output);
        (code, output) = await RunAsync("rebuild", "films", "--promote", "--hold");
        Assert.True(code == 1 && output.Contains("exclude each other", StringComparison.Ordinal), output);
        string watched = Watched("watched.csv", 20), model = _directory.Combine("first.vsmodel");
        ModelFile.Save(IalsLearner.Train(InteractionReader.Read(watched), new IalsOptions { Dimension = 8, Threads = 1 }), model);
        (code, output) = await RunAsync("import", "--collection", "few", "--model", model, "--question", "history");
        Assert.True(code == 0, output);
        (code, output) = await RunAsync("rebuild", "few", "--learn", watched, "--set", "speed=2");
        Assert.True(code == 1 && output.Contains("--set is 'speed=2'; expected one of unobserved-weight, regularisation, regularisation-exponent, epochs", StringComparison.Ordinal), output);
        (code, output) = await RunAsync("rebuild", "few", "--learn", watched, "--set", "epochs=0");
        Assert.True(code == 1 && output.Contains("Epochs is 0: expected 1 to", StringComparison.Ordinal), output);
        (code, output) = await RunAsync("rollback", "films");
        Assert.True(code == 1 && output.Contains("films", StringComparison.Ordinal), output);
    }
}
