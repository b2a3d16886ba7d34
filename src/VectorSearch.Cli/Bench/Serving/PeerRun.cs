using System.Diagnostics;
using System.Text.Json;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>
/// Other servers, measured by a program of the user's that gets the same files and settings. Each of its lines that is a
/// JSON object with a name is one server: <c>{name, ef, recall, connections: [{n, qps, p50_us, p99_us, recall}]}</c>.
/// </summary>
internal sealed class PeerRun
{
    private readonly Dictionary<string, JsonElement> _peers = [];

    private PeerRun()
    {
    }

    /// <summary>Runs the program and keeps what it measured.</summary>
    /// <exception cref="CliException">It failed.</exception>
    public static async Task<PeerRun> RunAsync(ServerBenchSettings settings, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(settings.Peers!,
        [
            "--base", settings.Base, "--queries", settings.Queries, "--truth", settings.Truth,
            "--seconds", $"{settings.Load.TotalSeconds:F0}", "--connections", string.Join(',', settings.Connections),
        ])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        PeerRun run = new();
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            Console.WriteLine(line);
            if (!line.StartsWith('{')) continue;
            JsonElement peer = JsonSerializer.Deserialize<JsonElement>(line);
            run._peers[peer.GetProperty("name").GetString()!] = peer;
        }

        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? run : throw new CliException($"'{settings.Peers}' ended with {process.ExitCode}.");
    }

    /// <summary>Speed and p99 at 8 connections (or the nearest measured), median at the fewest.</summary>
    public IReadOnlyDictionary<string, PeerFigures> Figures() => _peers.ToDictionary(peer => peer.Key, peer =>
    {
        JsonElement[] loads = [.. peer.Value.GetProperty("connections").EnumerateArray()];
        JsonElement eight = loads.MinBy(load => Math.Abs(load.GetProperty("n").GetInt32() - 8)), one = loads.MinBy(load => load.GetProperty("n").GetInt32());
        return new PeerFigures(
            eight.GetProperty("qps").GetDouble(), one.GetProperty("p50_us").GetDouble(), eight.GetProperty("p99_us").GetDouble(), eight.GetProperty("recall").GetDouble());
    });

    /// <summary>Our speed over the best peer's, the worst over all loads of more than one connection; null if no peer had such a load.</summary>
    public double? RatioOf(IEnumerable<LoadResult> ours) => ours
        .Where(load => load.Connections > 1)
        .Min(load => load.Qps / Theirs(load.Connections, "qps").Max());

    /// <summary>Our median over the best peer's, with one connection; null if one of the two was not measured.</summary>
    public double? MedianRatioOf(IEnumerable<LoadResult> ours) => ours
        .Where(load => load.Connections == 1)
        .Min(load => load.P50Micros / Theirs(load.Connections, "p50_us").Min());

    /// <summary>A figure of every peer with so many connections.</summary>
    private IEnumerable<double?> Theirs(int connections, string figure) => _peers.Values
        .SelectMany(peer => peer.GetProperty("connections").EnumerateArray())
        .Where(load => load.GetProperty("n").GetInt32() == connections)
        .Select(load => (double?)load.GetProperty(figure).GetDouble());
}
