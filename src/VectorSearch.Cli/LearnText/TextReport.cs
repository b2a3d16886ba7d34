using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnText;

/// <summary>What <c>learn text</c> prints.</summary>
internal static class TextReport
{
    public static void Write(
        TextLearningOutcome outcome, IReadOnlyList<TextLearningCurvePoint> curve, TextLearningRequest request, double seconds, string? path, string? digest, bool json)
    {
        if (json)
        {
            Console.WriteLine(ToJson(outcome, curve, request, seconds, path, digest).ToJsonString());
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("measure", "accuracy", "95 % interval", "macro F1");
        Row(table, "classifier", outcome.Report);
        Row(table, $"{request.Neighbours}-NN in the learned space", outcome.NearestNeighbours);
        AnsiConsole.Write(table);
        if (curve.Count > 0) WriteCurve(curve);
        foreach (ValidationTrial trial in outcome.Trail) Console.WriteLine(trial);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome.Report.Count} test texts, {outcome.Classifier.FeatureCount} features, dimension {outcome.Options.Dimension}, {outcome.Options.Epochs} epochs: trained in {outcome.TrainSeconds:f1} s, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}, digest {digest}");
    }

    private static void WriteCurve(IReadOnlyList<TextLearningCurvePoint> curve)
    {
        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("training texts", "from nothing", "vectors frozen", "fine-tuned");
        foreach (TextLearningCurvePoint point in curve) table.AddRow($"{point.Texts}", Number(point.Scratch), Number(point.Frozen), Number(point.FineTuned));
        AnsiConsole.Write(table);
    }

    private static void Row(Table table, string name, ClassificationReport report) => table.AddRow(
        name, Number(report.Accuracy), $"{Number(report.Interval.Low)} – {Number(report.Interval.High)}", Number(report.MacroF1));

    private static string Number(double value) => value.ToString("f4", CultureInfo.InvariantCulture);

    private static JsonObject ToJson(
        TextLearningOutcome outcome, IReadOnlyList<TextLearningCurvePoint> curve, TextLearningRequest request, double seconds, string? path, string? digest) => new()
    {
        ["kind"] = "text",
        ["dim"] = outcome.Options.Dimension,
        ["epochs"] = outcome.Options.Epochs,
        ["seconds"] = Math.Round(seconds, 2),
        ["train_seconds"] = Math.Round(outcome.TrainSeconds, 3),
        ["metrics"] = new JsonObject
        {
            ["accuracy"] = outcome.Report.Accuracy, ["macro_f1"] = outcome.Report.MacroF1, ["knn_accuracy"] = outcome.NearestNeighbours.Accuracy,
        },
        ["intervals"] = new JsonObject
        {
            ["accuracy"] = new JsonArray(outcome.Report.Interval.Low, outcome.Report.Interval.High),
            ["knn_accuracy"] = new JsonArray(outcome.NearestNeighbours.Interval.Low, outcome.NearestNeighbours.Interval.High),
        },
        ["learning_curve"] = new JsonArray([.. curve.Select(point => (JsonNode)new JsonObject
        {
            ["texts"] = point.Texts, ["scratch"] = point.Scratch, ["frozen"] = point.Frozen, ["fine_tuned"] = point.FineTuned,
        })]),
        ["test"] = outcome.Report.Count,
        ["features"] = outcome.Classifier.FeatureCount,
        ["model"] = path,
        ["digest"] = digest,
        ["space_id"] = outcome.Classifier.Space.ToString(),
        ["seed"] = request.Seed,
        ["hyper_parameters"] = new JsonObject(outcome.Model.Card.HyperParameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
        ["trials"] = new JsonArray([.. outcome.Trail.Select(trial => (JsonNode)trial.ToString())]),
    };
}
