namespace VectorSearch.Learn;

/// <summary>Where a long piece of work stands.</summary>
/// <param name="Stage">What is being done, such as <c>train</c> or <c>evaluate</c>.</param>
/// <param name="Done">Steps done.</param>
/// <param name="Total">Steps there are.</param>
/// <param name="Elapsed">Time since the stage began.</param>
/// <param name="Loss">The loss of the last step, where it is known.</param>
/// <param name="MetricName">Name of the validation metric, where there is one.</param>
/// <param name="Metric">Its value.</param>
public readonly record struct LearnProgress(
    string Stage, long Done, long Total, TimeSpan Elapsed, double? Loss = null, string? MetricName = null, double? Metric = null)
{
    /// <summary>Time still needed at the pace so far; null before the first step.</summary>
    public TimeSpan? Remaining => Done > 0 ? Elapsed * ((double)(Total - Done) / Done) : null;
}
