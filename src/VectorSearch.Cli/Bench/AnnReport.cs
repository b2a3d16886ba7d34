using System.Text.Json;
using System.Text.Json.Serialization;

namespace VectorSearch.Cli.Bench;

/// <summary>The JSON object that <c>bench ann</c> ends with; names are read by scripts.</summary>
internal sealed record AnnReport
{
    [JsonPropertyName("n")]
    public required int Rows { get; init; }

    [JsonPropertyName("dim")]
    public required int Dimension { get; init; }

    [JsonPropertyName("metric")]
    public required string Metric { get; init; }

    [JsonPropertyName("k")]
    public required int K { get; init; }

    [JsonPropertyName("kind")]
    public required string Kind { get; init; }

    [JsonPropertyName("memory")]
    public required string Memory { get; init; }

    [JsonPropertyName("threads")]
    public required int Threads { get; init; }

    [JsonPropertyName("build")]
    public required BuildReport Build { get; init; }

    /// <summary>
    /// The most that the process had for itself during the sweep (<see cref="ProcessMemory.Own"/>). The index of a mapped file is
    /// counted whole: for full speed it has to be resident.
    /// </summary>
    [JsonPropertyName("memory_bytes")]
    public required long MemoryBytes { get; init; }

    /// <summary>The index alone.</summary>
    [JsonPropertyName("index_bytes")]
    public required long IndexBytes { get; init; }

    [JsonPropertyName("curve")]
    public required IReadOnlyList<CurvePoint> Curve { get; init; }

    [JsonPropertyName("at_recall")]
    public required IReadOnlyDictionary<string, double?> AtRecall { get; init; }

    [JsonPropertyName("exceeded_at_min")]
    public required IReadOnlyList<string> ExceededAtMin { get; init; }

    [JsonPropertyName("target_recall")]
    public required IReadOnlyList<TargetPoint> TargetRecall { get; init; }

    /// <summary>Several threads against one; null when one was asked for.</summary>
    [JsonPropertyName("scaling")]
    public required ScalingReport? Scaling { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this);
}

internal sealed record BuildReport(
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("cpu_seconds")] double CpuSeconds,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("peak_bytes")] long PeakBytes);

internal sealed record CurvePoint(
    [property: JsonPropertyName("effort")] int Effort,
    [property: JsonPropertyName("recall")] double Recall,
    [property: JsonPropertyName("qps")] double Qps,
    [property: JsonPropertyName("qps_cpu")] double QpsCpu,
    [property: JsonPropertyName("p50_us")] double P50Micros,
    [property: JsonPropertyName("p99_us")] double P99Micros,
    [property: JsonPropertyName("distances")] double Distances);

/// <param name="Asked">The recall asked for.</param>
/// <param name="Got">The recall got.</param>
/// <param name="Qps">Queries a wall second.</param>
/// <param name="QpsCpu">Queries a CPU second.</param>
/// <param name="OfCurve">The latter over the speed of the curve at the recall got; null beyond the curve.</param>
internal sealed record TargetPoint(
    [property: JsonPropertyName("asked")] double Asked,
    [property: JsonPropertyName("got")] double Got,
    [property: JsonPropertyName("qps")] double Qps,
    [property: JsonPropertyName("qps_cpu")] double QpsCpu,
    [property: JsonPropertyName("of_curve")] double? OfCurve);

internal sealed record ScalingReport(
    [property: JsonPropertyName("effort")] int Effort,
    [property: JsonPropertyName("recall")] double Recall,
    [property: JsonPropertyName("qps_one_thread")] double OneThread,
    [property: JsonPropertyName("qps")] double AllThreads,
    [property: JsonPropertyName("ratio")] double Ratio);
