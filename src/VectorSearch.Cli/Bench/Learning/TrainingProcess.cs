using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Bench.Learning;

/// <summary>What is the same for all trainings of a bench.</summary>
internal sealed record TrainingSetting(int Dimension, int Epochs, int Threads);

/// <summary>
/// What one training cost: reading, training, evaluating on a sample of users and writing the model; and what came of it: recall@10 of the
/// planted neighbours in parts of the oracle's.
/// </summary>
internal sealed record TrainingCost(string Method, int Items, long Watches, double Seconds, double CpuSeconds, long PeakBytes, double PlantedRatio);

/// <summary>One <c>learn interactions</c> as a process of its own, so that its memory is its own.</summary>
internal static class TrainingProcess
{
    // iALS: the weight of what is unobserved times the number of users is that found on a small world (docs/learning.md).
    private const double UnobservedTotal = 1000, Regularisation = 0.01;

    // The deep net: as found on a world of 200,000 films, where few epochs have to do.
    private const double DeepRate = 0.01, DeepTemperature = 0.2;

    private const string Model = "model";

    /// <summary>Trains and measures.</summary>
    /// <exception cref="CliException">The training failed.</exception>
    public static async Task<TrainingCost> MeasureAsync(
        PlantedWorld world, InteractionDataset train, string folder, LearningMethod method, TrainingSetting setting, CancellationToken cancellationToken)
    {
        List<string> arguments =
        [
            "learn", "interactions", "--train", Path.Combine(folder, PlantedFiles.Train), "--test", Path.Combine(folder, PlantedFiles.Test),
            "--method", method.ToString().ToLowerInvariant(), "--dim", Text(setting.Dimension), "--epochs", Text(setting.Epochs),
            "--trials", "0", "--sample-users", "10000", "--threads", Text(setting.Threads),
            "--out", Path.Combine(folder, Model), "--json",
        ];
        if (method == LearningMethod.Ials)
            arguments.AddRange(["--set", $"unobserved-weight={Text(UnobservedTotal / world.Users.Rows)}", "--set", $"regularisation={Text(Regularisation)}"]);
        if (method == LearningMethod.Deep)
            arguments.AddRange(["--set", $"learning-rate={Text(DeepRate)}", "--set", $"temperature={Text(DeepTemperature)}"]);
        string program = Environment.ProcessPath!;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") arguments.Insert(0, typeof(TrainingProcess).Assembly.Location);
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) throw new CliException($"{method} on {world.Items.Rows} films ended with {process.ExitCode}: {await errors}");
            using JsonDocument report = JsonDocument.Parse((await output).TrimEnd().Split('\n')[^1]);
            LearnedModel model = ModelFile.Load(Path.Combine(folder, Model));
            PlantedRecall recall = PlantedNeighbours.Measure(model, PlantedNeighbours.QuestionOf(model), train, world.Items, world.Users);
            return new TrainingCost(
                method.ToString().ToLowerInvariant(), world.Items.Rows, train.InteractionCount, report.RootElement.GetProperty("seconds").GetDouble(),
                report.RootElement.GetProperty("cpu_seconds").GetDouble(), report.RootElement.GetProperty("peak_bytes").GetInt64(),
                recall.Model / recall.Oracle);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
