using System.Globalization;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>What a server itself says of the time that it spent searching, since its start.</summary>
/// <param name="Milliseconds">All of it.</param>
/// <param name="Calls">Calls that it was spent on.</param>
internal readonly record struct SearchPhase(double Milliseconds, long Calls)
{
    private const string Series = "vectorsearch_query_phase_duration_milliseconds", Search = "phase=\"search\"";

    /// <summary>Microseconds of a call between two moments.</summary>
    public static double Mean(SearchPhase before, SearchPhase after) => 1000 * (after.Milliseconds - before.Milliseconds) / Math.Max(1, after.Calls - before.Calls);

    /// <summary>Asks a server.</summary>
    /// <exception cref="CliException">Its metrics do not tell.</exception>
    public static async Task<SearchPhase> ReadAsync(Uri http, CancellationToken cancellation)
    {
        using HttpClient client = new();
        string[] lines = (await client.GetStringAsync(new Uri(http, "/metrics"), cancellation)).Split('\n');
        return new SearchPhase(Value("_sum"), (long)Value("_count"));

        double Value(string suffix) =>
            lines.FirstOrDefault(line => line.StartsWith(Series + suffix + "{", StringComparison.Ordinal) && line.Contains(Search, StringComparison.Ordinal)) is { } found
                ? double.Parse(found[(found.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)
                : throw new CliException($"The server's metrics have no {Series}{suffix} with {Search}.");
    }
}
