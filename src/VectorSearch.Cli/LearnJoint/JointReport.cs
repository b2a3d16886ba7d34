using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnJoint;

/// <summary>What <c>learn joint</c> prints.</summary>
internal static class JointReport
{
    public static void Write(JointOutcome outcome, LearnerRequest request, double seconds, string? path, string? picture, bool json)
    {
        string? digest = EncoderReport.Save(outcome.Model, path);
        if (json)
        {
            JsonObject line = EncoderReport.ToJson("joint", outcome.Model, request, outcome.Trail, outcome.TrainSeconds, seconds, path, digest);
            line["epochs"] = outcome.Options.Epochs;
            line["directions"] = ToJson(outcome.Reports);
            line["baselines"] = EncoderReport.Object(outcome.Baselines, ToJson);
            line["picture"] = picture;
            Console.WriteLine(line.ToJsonString());
            return;
        }

        Table table = new() { Border = TableBorder.Rounded };
        table.AddColumns("method", "direction", "part", "R@1", "R@5", "R@10", "P@10", "median rank", "queries", "of");
        foreach (RetrievalReport report in outcome.Reports) Row(table, "learned", report);
        foreach ((string name, IReadOnlyList<RetrievalReport> reports) in outcome.Baselines)
        {
            foreach (RetrievalReport report in reports) Row(table, name, report);
        }

        AnsiConsole.Write(table);
        foreach (ValidationTrial trial in outcome.Trail) Console.WriteLine(trial);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"dimension {outcome.Options.Dimension}, {outcome.Options.Epochs} epochs: trained in {outcome.TrainSeconds:f1} s, {seconds:f1} s in all"));
        if (path is not null) Console.WriteLine($"model written to {path}, digest {digest}");
        if (picture is not null) Console.WriteLine($"picture written to {picture}");
    }

    private static void Row(Table table, string method, RetrievalReport report) => table.AddRow(
        [
            Markup.Escape(method), report.Direction, Markup.Escape(report.Part), .. RetrievalReport.Depths.Select(k => Number(report.Recall[k])), Number(report.Precision),
            report.MedianRank.ToString("0.#", CultureInfo.InvariantCulture), $"{report.Queries}", $"{report.Gallery}",
        ]);

    private static string Number(double value) => value.ToString("f3", CultureInfo.InvariantCulture);

    private static JsonArray ToJson(IReadOnlyList<RetrievalReport> reports) => new([.. reports.Select(report => (JsonNode)new JsonObject
    {
        ["from"] = report.From,
        ["to"] = report.To,
        ["part"] = report.Part,
        ["recall@1"] = report.Recall[1],
        ["recall@5"] = report.Recall[5],
        ["recall@10"] = report.Recall[10],
        ["precision@10"] = report.Precision,
        ["median_rank"] = report.MedianRank,
        ["queries"] = report.Queries,
        ["gallery"] = report.Gallery,
    })]);
}
