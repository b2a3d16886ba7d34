using System.Globalization;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>An operation's progress as one line: what it does now, how much of the whole is done, and how long the rest will take.</summary>
internal sealed class RebuildProgressLine(IProgress<StageProgress> line) : IProgress<Operation>
{
    /// <summary>Name of the operation, once it has told anything.</summary>
    public string? Operation { get; private set; }

    /// <inheritdoc/>
    public void Report(Operation value)
    {
        Operation = value.Name;
        Progress progress = value.Progress ?? new Progress();
        string detail = progress.Total == 0 ? progress.Phase : string.Create(CultureInfo.InvariantCulture, $"{progress.Phase} {progress.Done:N0} of {progress.Total:N0}");
        if (progress.Remaining is { } left) detail += string.Create(CultureInfo.InvariantCulture, $", {left.ToTimeSpan():h\\:mm\\:ss} left in all");
        line.Report(new StageProgress(progress.Fraction, detail));
    }
}
