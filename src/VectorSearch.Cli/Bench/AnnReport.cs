using System.Text.Json.Serialization;

namespace VectorSearch.Cli.Bench;

/// <summary>The JSON object that <c>bench ann</c> ends with; names are read by scripts.</summary>
internal sealed record AnnReport
{
    [JsonPropertyName("n")]
    public required int Rows { get; init; }

    [JsonPropertyName("dim")]
    public required int Dimension { get; init; }

    public required string Metric { get; init; }

    public required int K { get; init; }

    public required string Kind { get; init; }

    public required string Memory { get; init; }

    public required int Threads { get; init; }

    public required BuildReport Build { get; init; }

    /// <summary>
    /// The most that the process had for itself during the sweep (<see cref="ProcessMemory.Own"/>). The index of a mapped file is
    /// counted whole: for full speed it has to be resident.
    /// </summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The index alone.</summary>
    public required long IndexBytes { get; init; }

    public required IReadOnlyList<CurvePoint> Curve { get; init; }

    public required IReadOnlyDictionary<string, double?> AtRecall { get; init; }

    public required IReadOnlyList<string> ExceededAtMin { get; init; }

    public required IReadOnlyList<TargetPoint> TargetRecall { get; init; }

    /// <summary>Several threads against one; null when one was asked for.</summary>
    public required ScalingReport? Scaling { get; init; }

    public string ToJson() => JsonLine.Of(this);
}

internal sealed record BuildReport(double Seconds, double CpuSeconds, int Threads, long PeakBytes);

internal sealed record CurvePoint(int Effort, double Recall, double Qps, double QpsCpu, double P50Us, double P99Us, double Distances);

/// <param name="Asked">The recall asked for.</param>
/// <param name="Got">The recall got.</param>
/// <param name="Qps">Queries a wall second.</param>
/// <param name="QpsCpu">Queries a CPU second.</param>
/// <param name="OfCurve">The latter over the speed of the efforts beside it at the recall got (<see cref="RecallCurve.SpeedBeside"/>); null beyond the curve.</param>
/// <param name="OfBest">The latter over the speed of the curve's best points there, as <c>at_recall</c> has it.</param>
internal sealed record TargetPoint(double Asked, double Got, double Qps, double QpsCpu, double? OfCurve, double? OfBest);

/// <param name="Effort">At which both were measured.</param>
/// <param name="Recall">What it gives.</param>
/// <param name="QpsOneThread">Queries a second of one thread.</param>
/// <param name="Qps">Queries a second of all.</param>
/// <param name="Ratio">The latter over the former.</param>
internal sealed record ScalingReport(int Effort, double Recall, double QpsOneThread, double Qps, double Ratio);
