using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnRegression;

/// <summary>What <c>learn regression</c> prints.</summary>
internal static class RegressionConsole
{
    public static void Write(
        RegressionOutcome outcome, IReadOnlyList<WordNeighbours> words, LearnerRequest request, double seconds, string? path, string? picture, bool json)
    {
        string? digest = EncoderReport.Save(outcome.Model, path);
        if (json)
        {
            Console.WriteLine(ToJson(outcome, words, request, seconds, path, digest, picture).ToJsonString());
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("model", "MAE", "RMSE", "learned − this, MAE", "learned − this, RMSE");
        table.AddRow("learned", EncoderReport.Number(outcome.Report.Mae), EncoderReport.Number(outcome.Report.Rmse), "", "");
        foreach (RegressionBaseline baseline in outcome.Baselines)
        {
            table.AddRow(
                Markup.Escape(baseline.Name), EncoderReport.Number(baseline.Report.Mae), EncoderReport.Number(baseline.Report.Rmse),
                Interval(baseline.Mae), Interval(baseline.Rmse));
        }

        AnsiConsole.Write(table);
        foreach (WordNeighbours word in words)
            Console.WriteLine($"{Name(word.Word)}: {string.Join(", ", word.Nearest.Select(pair => Name(pair.Word)))}");
        foreach (ValidationTrial trial in outcome.Trail) Console.WriteLine(trial);
        string unit = outcome.Regression.Schema.Logarithm ? "log " : "";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{unit}{outcome.Regression.Schema.Target} of {outcome.Report.Errors.Count} test rows, {outcome.Regression.FeatureCount} features, dimension {outcome.Regression.Dimension}, a share of {outcome.Regression.RidgeShare:f2} of ridge regression: trained in {outcome.TrainSeconds:f1} s, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}, digest {digest}");
        if (picture is not null) Console.WriteLine($"picture written to {picture}");
    }

    private static string Name(WordEffect word) => string.Create(CultureInfo.InvariantCulture, $"{word.Word} {word.Effect:+0.000;-0.000}");

    private static string Interval((double Low, double High) interval) => $"{EncoderReport.Number(interval.Low)} – {EncoderReport.Number(interval.High)}";

    private static JsonObject ToJson(
        RegressionOutcome outcome, IReadOnlyList<WordNeighbours> words, LearnerRequest request, double seconds, string? path, string? digest, string? picture)
    {
        JsonObject line = EncoderReport.ToJson("regression", outcome.Model, request, outcome.Trail, outcome.TrainSeconds, seconds, path, digest);
        line["epochs"] = outcome.Options.Epochs;
        line["test"] = outcome.Report.Errors.Count;
        line["ridge_share"] = outcome.Regression.RidgeShare;
        line["baselines"] = EncoderReport.Object(outcome.Baselines.Select(b => KeyValuePair.Create(b.Name, b)), baseline => new JsonObject
        {
            ["mae"] = baseline.Report.Mae,
            ["rmse"] = baseline.Report.Rmse,
            ["mae_difference"] = new JsonArray(baseline.Mae.Low, baseline.Mae.High),
            ["rmse_difference"] = new JsonArray(baseline.Rmse.Low, baseline.Rmse.High),
        });
        line["words"] = EncoderReport.Object(
            words.Select(word => KeyValuePair.Create(word.Word.Word, word)), word => new JsonArray([.. word.Nearest.Select(pair => (JsonNode)pair.Word.Word)]));
        line["grouping"] = outcome.Words.Grouping(6);
        line["picture"] = picture;
        return line;
    }
}
