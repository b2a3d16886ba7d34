namespace VectorSearch.Cli.Bench.Sharing;

/// <summary>What <c>bench share</c> measured, as its last line has it. Times are of queries as their callers saw them, from when they were due.</summary>
internal sealed record ShareBenchReport
{
    public required int Points { get; init; }

    public required int Dimension { get; init; }

    public required string Index { get; init; }

    public required int QueriesPerSecond { get; init; }

    /// <summary>Processors of the machine.</summary>
    public required int Processors { get; init; }

    /// <summary>Processors that the rebuild was allowed to keep busy.</summary>
    public required double ShareProcessors { get; init; }

    /// <summary>Processors that the server kept busy during the rebuild, less those that it kept busy with the same queries before.</summary>
    public required double RebuildProcessors { get; init; }

    public required double RebuildSeconds { get; init; }

    public required double RebuildCpuSeconds { get; init; }

    /// <summary>Resident bytes of the server before the rebuild.</summary>
    public required long MemoryBeforeBytes { get; init; }

    /// <summary>Most resident bytes of the server during the rebuild.</summary>
    public required long MemoryPeakBytes { get; init; }

    public required int CallsIdle { get; init; }

    public required int CallsRebuild { get; init; }

    public required long FailedCalls { get; init; }

    public required double P50IdleUs { get; init; }

    public required double P99IdleUs { get; init; }

    public required double P50RebuildUs { get; init; }

    public required double P99RebuildUs { get; init; }

    /// <summary>The 99th percentile during the rebuild over that before.</summary>
    public double P99Ratio => P99IdleUs > 0 ? Math.Round(P99RebuildUs / P99IdleUs, 3) : 0;

    /// <summary>One line.</summary>
    public string ToJson() => JsonLine.Of(this);
}
