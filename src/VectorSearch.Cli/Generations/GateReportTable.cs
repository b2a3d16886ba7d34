using System.Globalization;
using Spectre.Console;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>A gate's report for a person: the verdict, why, and the measures as a table.</summary>
internal static class GateReportTable
{
    /// <summary>Prints a report.</summary>
    public static void Write(IAnsiConsole console, GateReport report)
    {
        Table table = new Table().Border(TableBorder.Rounded)
            .AddColumn("measure")
            .AddColumn(new TableColumn($"generation {report.Serving}").RightAligned())
            .AddColumn(new TableColumn($"generation {report.Candidate}").RightAligned())
            .AddColumn("verdict")
            .AddColumn("what it says");
        foreach (Measure measure in report.Measures)
        {
            table.AddRow(
                Markup.Escape(Name(measure, report.K)),
                measure.HasServing ? Number(measure.Serving, measure.Unit) : "–",
                measure.HasCandidate ? Number(measure.Candidate, measure.Unit) : "–",
                Mark(measure.Verdict),
                Markup.Escape(measure.Note));
        }

        console.Write(table);
        console.MarkupLine($"[bold]{Mark(report.Verdict)}[/] [grey]{report.LiveQueries} queries of callers, {report.PointQueries} of points, {report.Judgements} with known answers[/]");
        foreach (string reason in report.Reasons) console.MarkupLineInterpolated($"  {reason}");
    }

    /// <summary>A report as the last line of JSON has it.</summary>
    public static object ToJson(GateReport report) => new
    {
        serving = report.Serving,
        candidate = report.Candidate,
        verdict = Word(report.Verdict),
        reasons = report.Reasons,
        k = report.K,
        live_queries = report.LiveQueries,
        point_queries = report.PointQueries,
        judgements = report.Judgements,
        canary_share = report.CanaryShare,
        measures = report.Measures.ToDictionary(measure => measure.Name, measure => new
        {
            serving = measure.HasServing ? measure.Serving : (double?)null,
            candidate = measure.HasCandidate ? measure.Candidate : (double?)null,
            unit = measure.Unit,
            margin = measure.Margin,
            verdict = Word(measure.Verdict),
            note = measure.Note,
        }),
    };

    /// <summary>promote, canary or refuse.</summary>
    public static string Word(Verdict verdict) => verdict.ToString().ToLowerInvariant();

    private static string Name(Measure measure, uint k) => measure.Name switch
    {
        "recall" => $"recall@{k} against exact",
        "ndcg" => $"NDCG@{k} of known answers",
        "churn" => $"changed answers of {k}",
        "hubness" => "skewness of k-occurrences",
        "unreachable" => "unreachable points",
        "latency_p50" => "median time of a query",
        "latency_p99" => "99 % of queries take",
        string other => other,
    };

    private static string Number(double value, string unit) => unit switch
    {
        "share" => value.ToString("P0", CultureInfo.InvariantCulture),
        "points" => value.ToString("N0", CultureInfo.InvariantCulture),
        "microseconds" => value.ToString("N0", CultureInfo.InvariantCulture) + " µs",
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };

    private static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Promote => "[green]promote[/]",
        Verdict.Canary => "[yellow]canary[/]",
        Verdict.Refuse => "[red]refuse[/]",
        _ => "–",
    };
}
