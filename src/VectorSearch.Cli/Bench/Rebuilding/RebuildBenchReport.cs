using System.Text.Json.Serialization;

namespace VectorSearch.Cli.Bench.Rebuilding;

/// <summary>What <c>bench rebuild</c> counted, as its last line has it. Times are of queries as their callers saw them, from when they were due.</summary>
internal sealed record RebuildBenchReport
{
    /// <summary>Rebuilds that came to an end, under load and after kills.</summary>
    public int Rebuilds { get; set; }

    /// <summary>Rollbacks.</summary>
    public int Rollbacks { get; set; }

    /// <summary>Times that the server was killed in a rebuild, and came back.</summary>
    public int Kills { get; set; }

    /// <summary>Calls made under load.</summary>
    public long Calls { get; set; }

    /// <summary>Of these, calls that failed.</summary>
    public long FailedCalls { get; set; }

    /// <summary>Replies whose space is not that of their generation, or whose scores are not those of its model.</summary>
    public long MixedReplies { get; set; }

    /// <summary>Calls with vectors of a space that does not answer any more, refused as they must be.</summary>
    public long RefusedOldSpace { get; set; }

    /// <summary>Acknowledged writes that were not there in the end.</summary>
    public long LostWrites { get; set; }

    /// <summary>99 % of the queries before the first rebuild took at most so long.</summary>
    public double P99BeforeUs { get; set; }

    /// <summary>The same from the start of warm-up until 5 s after the exchange, over all exchanges.</summary>
    public double P99SwapUs { get; set; }

    /// <summary>The one over the other.</summary>
    public double P99RatioSwap => P99BeforeUs > 0 ? Math.Round(P99SwapUs / P99BeforeUs, 3) : 0;

    /// <summary>The same over the whole of all rebuilds.</summary>
    public double P99RebuildUs { get; set; }

    /// <summary>Queries in the time of <see cref="P99SwapUs"/>.</summary>
    public int SwapCalls { get; set; }

    /// <summary>True if nothing failed, mixed or was lost.</summary>
    [JsonIgnore]
    public bool IsGood => FailedCalls == 0 && MixedReplies == 0 && LostWrites == 0;

    /// <summary>One line.</summary>
    public string ToJson() => JsonLine.Of(this);
}
