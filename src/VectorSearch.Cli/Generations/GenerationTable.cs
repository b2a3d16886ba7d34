using System.Globalization;
using Spectre.Console;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>Generations for a person, and as JSON.</summary>
internal static class GenerationTable
{
    private const int ShownDigits = 12;

    /// <summary>Prints a table, one row a generation.</summary>
    public static void Write(IAnsiConsole console, IEnumerable<Generation> generations)
    {
        Table table = new Table().Border(TableBorder.Rounded);
        foreach (string column in new[] { "generation", "state", "space", "model", "form", "points", "memory", "answered since", "gate", "bridge" }) table.AddColumn(column);
        foreach (Generation one in generations)
        {
            table.AddRow(
                Text(one.Number), State(one), Markup.Escape(Short(one.SpaceId)), Markup.Escape(one.Model.Length == 0 ? "–" : $"{Short(one.Model)} {one.Question}"),
                one.Index == IndexKind.Hnsw ? $"HNSW M {one.Hnsw.M} × {one.Dimension}" : $"{one.Index.ToString().ToLowerInvariant()} × {one.Dimension}",
                one.MissingPoints == 0 ? Text(one.Points) : $"{Text(one.Points)} [yellow](lacks {Text(one.MissingPoints)})[/]",
                string.Create(CultureInfo.InvariantCulture, $"{one.MemoryBytes / 1048576.0:N1} MiB"),
                one.PromoteTime is null ? "–" : one.PromoteTime.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                one.Report is null ? "–" : GateReportTable.Word(one.Report.Verdict),
                one.Bridge is null ? "–" : string.Create(CultureInfo.InvariantCulture, $"{(one.Bridge.Enabled ? "on" : "off")}, recall {one.Bridge.Recall:F2}"));
        }

        console.Write(table);
    }

    /// <summary>A generation as JSON has it.</summary>
    public static object ToJson(Generation one) => new
    {
        number = one.Number,
        state = one.State.ToString().ToLowerInvariant(),
        space_id = one.SpaceId,
        model = one.Model,
        question = one.Question,
        dimension = one.Dimension,
        metric = one.Metric.ToString(),
        index = one.Index.ToString().ToLowerInvariant(),
        m = one.Hnsw?.M,
        ef_construction = one.Hnsw?.EfConstruction,
        points = one.Points,
        missing_points = one.MissingPoints,
        memory_bytes = one.MemoryBytes,
        canary_share = one.CanaryShare,
        created = one.CreateTime?.ToDateTimeOffset(),
        promoted = one.PromoteTime?.ToDateTimeOffset(),
        bridge = one.Bridge is { } bridge ? new { from_space_id = bridge.FromSpaceId, kind = bridge.Kind, recall = bridge.Recall, margin = bridge.Margin, queries = bridge.Queries, enabled = bridge.Enabled } : null,
        report = one.Report is null ? null : GateReportTable.ToJson(one.Report),
    };

    private static string State(Generation one) => one.State switch
    {
        Generation.Types.State.Serving => "[green]answers[/]",
        Generation.Types.State.Canary => string.Create(CultureInfo.InvariantCulture, $"[yellow]canary, {one.CanaryShare:P0}[/]"),
        Generation.Types.State.Ready => "[yellow]waits[/]",
        Generation.Types.State.Previous => "kept for rollback",
        Generation.Types.State.Refused => "[red]refused[/]",
        _ => $"[grey]{one.State.ToString().ToLowerInvariant()}[/]",
    };

    private static string Short(string id)
    {
        int colon = id.IndexOf(':', StringComparison.Ordinal);
        return id.StartsWith("sha256:", StringComparison.Ordinal) && id.Length > colon + ShownDigits ? id[(colon + 1)..(colon + 1 + ShownDigits)] + "…" : id;
    }

    private static string Text(ulong number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
