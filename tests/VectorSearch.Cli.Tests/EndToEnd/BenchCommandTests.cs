using System.Text.Json;
using VectorSearch.Numerics.Formats;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>The forms of <c>bench</c> that scripts read: one JSON object on the last line.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private const int Rows = 3_000, Dimension = 16, Queries = 40, Truth = 40;
    private readonly TempDirectory _directory = new();

    public BenchCommandTests()
    {
        var random = TestSeed.Random(90);
        float[] Vectors(int count) => [.. Enumerable.Range(0, count * Dimension).Select(_ => (float)random.NextDouble())];
        float[] rows = Vectors(Rows), queries = Vectors(Queries);
        double Distance(int q, int r) => Enumerable.Range(0, Dimension).Sum(j => Math.Pow(queries[(q * Dimension) + j] - rows[(r * Dimension) + j], 2));
        int[] truth = [.. Enumerable.Range(0, Queries).SelectMany(q => Enumerable.Range(0, Rows).OrderBy(r => Distance(q, r)).Take(Truth))];
        VectorFile.WriteFloats(_directory.Combine("base.fbin"), rows, Dimension);
        VectorFile.WriteFloats(_directory.Combine("query.fbin"), queries, Dimension);
        VectorFile.WriteInts(_directory.Combine("truth.ibin"), truth, Truth);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sealed")]
    [InlineData("mutable")]
    public async Task Filter_reports_recall_time_and_short_answers_for_each_selectivity(string kind)
    {
        var points = (await RunAsync("filter", "--kind", kind)).GetProperty("points").EnumerateArray().ToArray();
        Assert.Equal(8, points.Length);
        Assert.Equal(
            ["selectivity", "correlation", "recall", "worst_recall", "us", "exact_us", "time_ratio", "short_answers", "scanned", "target_recall"], Names(points[0]));
        Assert.All(points, p => Assert.True(p.GetProperty("recall").GetDouble() >= 0.9, p.ToString()));
        Assert.All(points, p => Assert.Equal(0, p.GetProperty("short_answers").GetInt32()));
        Assert.All(points, p => Assert.True(p.GetProperty("time_ratio").GetDouble() > 0));
    }

    [Fact]
    public async Task Churn_keeps_recall_memory_and_reach()
    {
        var report = await RunAsync("churn");
        Assert.Equal(0, report.GetProperty("unreachable").GetInt32());
        Assert.InRange(report.GetProperty("memory_ratio").GetDouble(), 0.9, 1.2);
        var fresh = report.GetProperty("fresh_recall").GetProperty("ef_50").GetDouble();
        foreach (var round in report.GetProperty("rounds").EnumerateArray())
        {
            Assert.Equal(0, round.GetProperty("faults").GetInt32());
            Assert.True(round.GetProperty("recall").GetProperty("ef_50").GetDouble() >= fresh - 0.02, round.ToString());
        }
    }

    [Fact]
    public async Task Ann_chooses_a_form_and_reports_memory_curve_and_the_recall_got_for_each_asked()
    {
        var report = await RunAsync("ann", "--kind", "auto");
        Assert.Contains(report.GetProperty("kind").GetString(), new[] { "sealed", "mutable" });
        Assert.True(report.GetProperty("build").GetProperty("peak_bytes").GetInt64() > 0);
        Assert.True(report.GetProperty("memory_bytes").GetInt64() > report.GetProperty("index_bytes").GetInt64());
        Assert.Equal(
            ["n", "dim", "metric", "k", "kind", "memory", "threads", "build", "memory_bytes", "index_bytes", "curve", "at_recall", "exceeded_at_min", "target_recall", "scaling"], Names(report));
        Assert.Equal(["seconds", "cpu_seconds", "threads", "peak_bytes"], Names(report.GetProperty("build")));
        Assert.Equal(["effort", "recall", "qps", "qps_cpu", "p50_us", "p99_us", "distances"], Names(report.GetProperty("curve")[0]));
        Assert.True(report.GetProperty("at_recall").GetProperty("0.95").GetDouble() > 0);
        Assert.All(report.GetProperty("target_recall").EnumerateArray(), t => Assert.True(t.GetProperty("got").GetDouble() >= t.GetProperty("asked").GetDouble() - 0.05, t.ToString()));
    }

    [Fact]
    public async Task A_soak_of_both_forms_finds_nothing_wrong()
    {
        var soaks = (await RunAsync("churn", "--soak", "1.5")).GetProperty("soak").EnumerateArray().ToArray();
        Assert.Equal(["mutable", "layered"], soaks.Select(soak => soak.GetProperty("kind").GetString()));
        Assert.All(soaks, soak => Assert.Empty(soak.GetProperty("problems").EnumerateArray()));
        Assert.All(soaks, soak => Assert.True(soak.GetProperty("added").GetInt64() > 0 && soak.GetProperty("searches").GetInt64() > 0));
    }

    [Fact]
    public async Task A_soak_for_more_hits_than_rows_stay_is_refused()
    {
        var (exitCode, output) = await CliProcess.RunAsync([.. Arguments("churn"), "--soak", "1", "--k", "1501"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("--k is 1501; expected at most 1500", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_reports_the_time_to_the_first_answer()
    {
        var report = await RunAsync("open");
        Assert.True(report.GetProperty("first_answer_warm_seconds").GetDouble() > 0);
        Assert.True(report.GetProperty("file_bytes").GetInt64() > Rows * Dimension * sizeof(float));
    }

    [Fact]
    public async Task A_mapped_index_without_a_file_is_refused_by_its_options()
    {
        var (exitCode, output) = await CliProcess.RunAsync([.. Arguments("ann"), "--residency", "mapped", "--kind", "sealed"]);
        Assert.Equal(1, exitCode);
        Assert.Contains("--index", output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);

    private string[] Arguments(string command) =>
    [
        "bench", command, "--base", _directory.Combine("base.fbin"), "--queries", _directory.Combine("query.fbin"),
        "--truth", _directory.Combine("truth.ibin"), "--metric", "l2", "--build-threads", "1", "--json",
    ];

    private async Task<JsonElement> RunAsync(string command, params string[] more)
    {
        var (exitCode, output) = await CliProcess.RunAsync([.. Arguments(command), .. more]);
        Assert.True(exitCode == 0, output);
        var last = output.TrimEnd().Split('\n')[^1];
        using var document = JsonDocument.Parse(last);
        var root = document.RootElement.Clone();
        Assert.Equal(Dimension, root.GetProperty("dim").GetInt32());
        return root;
    }
}
