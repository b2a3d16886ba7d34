using System.Globalization;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>An operation's progress as one line: all phases together, by the part of the time that each usually takes.</summary>
internal sealed class RebuildProgressLine(IProgress<StageProgress> line) : IProgress<Operation>
{
    private static readonly (string Phase, double From, double To)[] Phases =
    [
        ("planning", 0, 0.02), ("embedding", 0.02, 0.15), ("building", 0.15, 0.75), ("catching up", 0.75, 0.8),
        ("saving", 0.8, 0.85), ("warming", 0.85, 0.9), ("judging", 0.9, 0.99), ("exchanging", 0.99, 1),
    ];

    /// <summary>Name of the operation, once it has told anything.</summary>
    public string? Operation { get; private set; }

    /// <inheritdoc/>
    public void Report(Operation value)
    {
        Operation = value.Name;
        Progress progress = value.Progress ?? new Progress();
        (string _, double from, double to) = Phases.FirstOrDefault(phase => phase.Phase == progress.Phase);
        double part = progress.Total == 0 ? 0 : Math.Min(1, (double)progress.Done / progress.Total);
        string detail = progress.Total == 0 ? progress.Phase : string.Create(CultureInfo.InvariantCulture, $"{progress.Phase} {progress.Done:N0} of {progress.Total:N0}");
        if (progress.Remaining is { } left) detail += string.Create(CultureInfo.InvariantCulture, $", {left.ToTimeSpan():h\\:mm\\:ss} left of it");
        line.Report(new StageProgress(from + (part * (to - from)), detail));
    }
}
