namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>What <c>bench attacks</c> measured.</summary>
internal sealed record AttackReport
{
    /// <summary>Each attack beside its control run.</summary>
    public List<AttackFigures> Attacks { get; } = [];

    /// <summary>Ten times the load that the server can take; null if it was left out.</summary>
    public OverloadFigures? Overload { get; set; }

    /// <summary>Short deadlines; null if they were left out.</summary>
    public DeadlineFigures? Deadlines { get; set; }

    /// <summary>What was promised and not kept.</summary>
    public List<string> Misses { get; } = [];

    /// <summary>One line.</summary>
    public string ToJson() => JsonLine.Of(this);
}

/// <summary>Another client under an attack, and under well-formed traffic of a process that takes as much CPU; and what each cost its sender and the server.</summary>
internal sealed record AttackFigures(
    string Name, double P99Ms, double ControlP99Ms, double Ratio, double GrowthMb, int Faults, long Sent, int Connections, int Closed,
    double AttackerCpuSeconds, double ControlCpuSeconds, double ServerCpuSeconds, double ControlServerCpuSeconds);

/// <summary>A server with ten times as many callers as it can answer.</summary>
/// <param name="Capacity">Calls a second that it answers to as many callers as it has places.</param>
/// <param name="Goodput">Calls a second answered under overload.</param>
/// <param name="Share">The one over the other.</param>
/// <param name="RefusalP50Ms">Median time of a refusal, as its caller saw it.</param>
/// <param name="RefusalP99Ms">99 % of the refusals took at most this.</param>
/// <param name="RefusedPerSecond">Refusals a second.</param>
/// <param name="RecoverySeconds">From the end of the overload until a call takes no longer than twice its usual time again.</param>
internal sealed record OverloadFigures(
    double Capacity, double Goodput, double Share, double RefusalP50Ms, double RefusalP99Ms, double RefusedPerSecond, double RecoverySeconds);

/// <summary>Calls with deadlines of 1 to 20 ms that take longer.</summary>
internal sealed record DeadlineFigures(int Calls, double LatestMs, double P99Ms, int EndedByDeadline, int RunningAfter, double GrowthMb);
