using System.Text.Json;
using System.Text.Json.Serialization;

namespace VectorSearch.Cli.Torture;

/// <summary>What a torture counted.</summary>
internal sealed class TortureReport
{
    public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Times the server was killed, or ended itself at a kill point.</summary>
    public int Kills { get; set; }

    /// <summary>Writes acknowledged.</summary>
    public long Acked { get; set; }

    /// <summary>Points that were acknowledged and are gone.</summary>
    public long Lost { get; set; }

    /// <summary>Points that are there although nobody wrote them, or that were deleted.</summary>
    public long Phantoms { get; set; }

    /// <summary>Points in an older version than the acknowledged one.</summary>
    public long Stale { get; set; }

    /// <summary>Points whose vector is not the one of their version, and points not found by it.</summary>
    public long CorruptServed { get; set; }

    /// <summary>Longest time from the start of the server to its readiness.</summary>
    public long ReopenMsMax { get; set; }

    /// <summary>Whether every promise was kept.</summary>
    [JsonIgnore]
    public bool IsGood => Lost + Phantoms + Stale + CorruptServed == 0;
}
