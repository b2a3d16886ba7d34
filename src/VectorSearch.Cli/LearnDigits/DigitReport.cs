using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnDigits;

/// <summary>What <c>learn digits</c> prints.</summary>
internal static class DigitReport
{
    public static void Write(DigitLearningOutcome outcome, LearnerRequest request, double seconds, string? path, string? picture, bool json)
    {
        string? digest = EncoderReport.Save(outcome.Model, path);
        if (json)
        {
            JsonObject line = EncoderReport.ToJson("digits", outcome.Model, request, outcome.Trail, outcome.TrainSeconds, seconds, path, digest);
            line["epochs"] = outcome.Options.Epochs;
            line["test"] = outcome.Report.Count;
            line["picture"] = picture;
            Console.WriteLine(line.ToJsonString());
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("measure", "error", "95 % interval");
        Row(table, "softmax", outcome.Report);
        Row(table, "10-NN in the embedding, cosine", outcome.NearestNeighbours);
        AnsiConsole.Write(table);
        foreach (ValidationTrial trial in outcome.Trail) Console.WriteLine(trial);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcome.Report.Count} test pictures, dimension {outcome.Options.Dimension}, {outcome.Options.Epochs} epochs: trained in {outcome.TrainSeconds:f1} s, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}, digest {digest}");
        if (picture is not null) Console.WriteLine($"picture written to {picture}");
    }

    private static void Row(Table table, string name, ClassificationReport report) => table.AddRow(
        name, EncoderReport.Number(1 - report.Accuracy), $"{EncoderReport.Number(1 - report.Interval.High)} – {EncoderReport.Number(1 - report.Interval.Low)}");
}
