using System.Diagnostics;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench;

/// <summary>Notes when each phase of an operation began.</summary>
internal sealed class PhaseClock : IProgress<Operation>
{
    private readonly List<(string Phase, long Began)> _phases = [];

    public void Report(Operation value)
    {
        string phase = value.Progress?.Phase ?? "";
        if (phase.Length > 0 && (_phases.Count == 0 || _phases[^1].Phase != phase)) _phases.Add((phase, Stopwatch.GetTimestamp()));
    }

    /// <summary>The phases in their order, with the timestamps between which they ran.</summary>
    /// <param name="end">Of the last one.</param>
    public IEnumerable<(string Phase, long From, long To)> Until(long end) =>
        _phases.Select((one, i) => (one.Phase, one.Began, i + 1 < _phases.Count ? _phases[i + 1].Began : end));
}
