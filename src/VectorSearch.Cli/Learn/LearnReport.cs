using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary>What <c>learn interactions</c> prints and writes.</summary>
internal static class LearnReport
{
    private static readonly string[] Shown = ["recall@20", "ndcg@20", "precision@20", "f1@20", "hr@20", "mrr@20", "map@20", "coverage@20", "gini@20", "recall@20:head", "recall@20:middle", "recall@20:tail"];

    /// <summary>Reads <c>name=value</c> settings.</summary>
    /// <exception cref="ArgumentException">A setting has another form.</exception>
    public static Dictionary<string, double> ParseSettings(string[] settings)
    {
        Dictionary<string, double> values = [];
        foreach (string setting in settings)
        {
            string[] parts = setting.Split('=');
            if (parts.Length != 2 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                throw new ArgumentException($"--set is '{setting}': expected NAME=VALUE with a number.");
            values[parts[0]] = value;
        }

        return values;
    }

    public static void Write(LearningOutcome outcome, LearningRequest request, double seconds, string? path, bool json)
    {
        if (json)
        {
            Console.WriteLine(ToJson(outcome, request, seconds, path));
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("metric", request.Method.ToString().ToLowerInvariant(), "95 % interval", "most popular");
        foreach (string name in Shown.Where(outcome.Report.Metrics.ContainsKey))
        {
            bool known = outcome.Report.Intervals.TryGetValue(name, out (double Low, double High) interval);
            table.AddRow(
                name, Number(outcome.Report[name]), known ? $"{Number(interval.Low)} – {Number(interval.High)}" : "", Number(outcome.Popular[name]));
        }

        AnsiConsole.Write(table);
        foreach (Trial trial in outcome.Trail) Console.WriteLine(trial);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dimension {outcome.Dimension}, {outcome.Epochs} epochs, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}");
    }

    /// <summary>A line a user: id and every metric; NaN where a metric is not defined for the user.</summary>
    public static void WritePerUser(RankingReport report, InteractionDataset train, string path)
    {
        string[] names = [.. report.PerUser.Keys];
        using StreamWriter writer = new(path);
        writer.WriteLine("user\t" + string.Join('\t', names));
        for (int n = 0; n < report.Users.Count; n++)
        {
            writer.Write(train.Users[report.Users[n]]);
            foreach (string name in names) writer.Write(string.Create(CultureInfo.InvariantCulture, $"\t{report.PerUser[name][n]:g6}"));
            writer.WriteLine();
        }
    }

    private static string ToJson(LearningOutcome outcome, LearningRequest request, double seconds, string? path)
    {
        using Process process = Process.GetCurrentProcess();
        JsonObject line = new()
        {
            ["method"] = request.Method.ToString().ToLowerInvariant(),
            ["dim"] = outcome.Dimension,
            ["seconds"] = Math.Round(seconds, 2),
            ["cpu_seconds"] = Math.Round(process.TotalProcessorTime.TotalSeconds, 2),
            ["peak_bytes"] = process.PeakWorkingSet64,
            ["epochs"] = outcome.Epochs,
            ["metrics"] = Object(outcome.Report.Metrics.Where(m => double.IsFinite(m.Value)), value => value),
            ["intervals"] = Object(
                outcome.Report.Intervals.Where(i => double.IsFinite(i.Value.Low)), interval => new JsonArray(interval.Low, interval.High)),
            ["model"] = path,
            ["space_ids"] = Object(outcome.Model.Questions, question => question.Space.ToString()),
            ["seed"] = request.Seed,
            ["most_popular"] = Object(outcome.Popular.Metrics.Where(m => double.IsFinite(m.Value)), value => value),
            ["hyper_parameters"] = Object(outcome.Model.Card.HyperParameters, value => value),
            ["trials"] = new JsonArray([.. outcome.Trail.Select(trial => (JsonNode)trial.ToString())]),
        };
        return line.ToJsonString(new JsonSerializerOptions { WriteIndented = false });
    }

    private static JsonObject Object<T>(IEnumerable<KeyValuePair<string, T>> pairs, Func<T, JsonNode?> toNode) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, toNode(pair.Value))));

    private static string Number(double value) => value.ToString("f4", CultureInfo.InvariantCulture);
}
