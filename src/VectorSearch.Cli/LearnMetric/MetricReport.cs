using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnMetric;

/// <summary>What <c>learn dense</c> and <c>learn audio</c> print.</summary>
internal static class MetricReport
{
    /// <summary>How good the space is, for a picture of it.</summary>
    public static string Note(MetricLearningOutcome outcome, MetricLearningRequest request) => string.Create(
        CultureInfo.InvariantCulture, $"{request.Neighbours} nearest neighbours by cosine say {100 * outcome.Report.Accuracy:f1} % of the classes rightly.");

    public static void Write(
        string kind, MetricLearningOutcome outcome, MetricLearningRequest request, double seconds, string? path, bool json)
    {
        string? digest = path is null ? null : EncoderModelFile.Save(outcome.Model, path);
        if (json)
        {
            Console.WriteLine(ToJson(kind, outcome, request, seconds, path, digest).ToJsonString());
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("measure", "accuracy", "95 % interval", "macro F1");
        Row(table, $"{request.Neighbours}-NN in the learned space", outcome.Report);
        foreach ((string name, ClassificationReport report) in outcome.Baselines) Row(table, name, report);
        AnsiConsole.Write(table);
        foreach (ValidationTrial trial in outcome.Trail) Console.WriteLine(trial);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome.Report.Count} test examples, dimension {outcome.Model.Encoder.Dimension}: trained in {outcome.TrainSeconds:f1} s, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}, digest {digest}");
    }

    private static void Row(Table table, string name, ClassificationReport report) => table.AddRow(
        name, Number(report.Accuracy), $"{Number(report.Interval.Low)} – {Number(report.Interval.High)}", Number(report.MacroF1));

    private static string Number(double value) => value.ToString("f4", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(
        string kind, MetricLearningOutcome outcome, MetricLearningRequest request, double seconds, string? path, string? digest) => new()
        {
            ["kind"] = kind,
            ["dim"] = outcome.Model.Encoder.Dimension,
            ["seconds"] = Math.Round(seconds, 2),
            ["train_seconds"] = Math.Round(outcome.TrainSeconds, 3),
            ["metrics"] = new JsonObject { ["knn_accuracy"] = outcome.Report.Accuracy, ["macro_f1"] = outcome.Report.MacroF1 },
            ["intervals"] = new JsonObject { ["knn_accuracy"] = new JsonArray(outcome.Report.Interval.Low, outcome.Report.Interval.High) },
            ["baselines"] = new JsonObject(outcome.Baselines.Select(b => KeyValuePair.Create(b.Key, (JsonNode?)b.Value.Accuracy))),
            ["test"] = outcome.Report.Count,
            ["model"] = path,
            ["digest"] = digest,
            ["space_id"] = outcome.Model.Encoder.Space.ToString(),
            ["seed"] = request.Seed,
            ["hyper_parameters"] = new JsonObject(outcome.Model.Card.HyperParameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["trials"] = new JsonArray([.. outcome.Trail.Select(trial => (JsonNode)trial.ToString())]),
        };
}
