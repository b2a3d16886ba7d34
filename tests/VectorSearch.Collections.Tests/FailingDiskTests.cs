using System.Diagnostics;
using System.Globalization;
using VectorSearch.Testing;
using Xunit.Abstractions;

namespace VectorSearch.Collections.Tests;

/// <summary>The kernel itself refuses system calls of a process that writes (strace injects the error).</summary>
public class FailingDiskTests(ITestOutputHelper output)
{
    [StraceFact]
    public async Task When_system_calls_fail_for_a_while_nothing_acknowledged_is_lost_reads_go_on_and_writes_come_back()
    {
        int refusals = 0;
        for (int run = 0; run < TestScale.Pick(reduced: 4, full: 20); run++)
        {
            string error = run % 2 == 0 ? "ENOSPC" : "EIO", call = run / 2 % 2 == 0 ? "pwrite64" : "fsync";
            int nth = 2 + (run / 4);
            refusals += await EndureAsync(error, call, nth);
        }

        Assert.True(refusals > 0, "no call failed where it was noticed");
    }

    /// <summary>Calls nth to nth + 2 of each thread fail. Returns how many writes were refused.</summary>
    private async Task<int> EndureAsync(string error, string call, int nth)
    {
        await using TestCatalog test = await TestCatalog.OpenAsync();
        await test.Catalog.CreateAsync(TestCatalog.Define("points") with { Dimension = 16, Space = Numerics.SpaceId.Parse("client:crash@1") });
        await test.CloseAsync();
        string context = $"{call} fails with {error} from call {nth} on";
        string host = Path.Combine(AppContext.BaseDirectory, "VectorSearch.Crash.Host.dll");
        string inject = string.Create(CultureInfo.InvariantCulture, $"inject={call}:error={error}:when={nth}..{nth + 2}");
        ProcessStartInfo start = new("strace", ["-f", "--seccomp-bpf", "-qq", "-e", $"trace={call}", "-e", inject, "-o", "/dev/null", "dotnet", host, test.Root, "1", "endure"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] said = (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{context}: {await errors}\n{string.Join('\n', said)}");
        Assert.DoesNotContain(said, line => line.EndsWith("is not read", StringComparison.Ordinal));
        int refused = said.Count(line => line.StartsWith("refused", StringComparison.Ordinal));
        Assert.True(refused == said.Count(line => line == "back"), context);
        output.WriteLine($"{context}: {refused} writes refused");

        await test.ReopenAsync();
        Collection points = test.Catalog.Get("points");
        Assert.True(points.Status.State == CollectionState.Serving, $"{context}: {points.Status.Detail}");
        PointId[] acknowledged = [.. said.Where(line => line.StartsWith("done ", StringComparison.Ordinal)).Select(line => new PointId(ulong.Parse(line[5..], CultureInfo.InvariantCulture)))];
        PointRows rows = points.Get(acknowledged, withPayload: true, withVectors: false, skipMissing: true);
        Assert.True(acknowledged.Length == rows.Ids.Count, $"{context}: {acknowledged.Length - rows.Ids.Count} acknowledged points are lost");
        Assert.All(rows.Ids.Zip(rows.Payloads!), point => Assert.Equal((long)point.First.Number, point.Second.TryGetValue("id", out PayloadValue id) ? id.AsInteger : -1));
        await test.CloseAsync();
        Assert.DoesNotContain(CollectionChecker.Check(test.Root).Findings, finding => finding.Loss != "");
        return refused;
    }
}

/// <summary>A test that is left out, saying why, where strace is missing; with VECTORSEARCH_REQUIRE_ALL it runs and fails.</summary>
internal sealed class StraceFactAttribute : FactAttribute
{
    private const string Reason = "strace is not installed";

    public StraceFactAttribute()
    {
        bool isThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "strace")));
        bool isRequired = Environment.GetEnvironmentVariable("VECTORSEARCH_REQUIRE_ALL") is { Length: > 0 };
        if (!isThere && !isRequired) Skip = Reason;
    }
}
