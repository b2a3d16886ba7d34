using System.Text.Json;
using VectorSearch.Cli.Bench.Attacks;
using VectorSearch.Cli.Bench.Serving;

namespace VectorSearch.Cli.Tests.Bench;

public sealed class ServerBenchTests
{
    [Fact]
    public void The_last_line_has_the_fields_that_others_read()
    {
        ServerReport report = new()
        {
            Connections = [new ConnectionFigures(8, 9000, 700, 2000, 0.951, 150, 40)],
            ServiceOverBare = 1.3,
            BatchUsPerVector = 2.5,
            Ingest = new IngestFigures(100_000, 3000, 3200, 0.94, 25_000, 27_000, 0.93),
            Peers = new Dictionary<string, PeerFigures> { ["garnet"] = new(1500, 1300, 9000, 0.95) },
            RatioToBestPeer = 6,
            P50ToBestPeer = 0.4,
        };
        using JsonDocument line = JsonDocument.Parse(report.ToJson());
        Assert.Equal(
            ["connections", "service_over_bare", "batch_us_per_vector", "ingest", "peers", "ratio_to_best_peer", "p50_to_best_peer"],
            line.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(
            ["n", "qps", "p50_us", "p99_us", "recall", "cpu_search_us", "cpu_protocol_us"],
            line.RootElement.GetProperty("connections")[0].EnumerateObject().Select(field => field.Name));
        Assert.Equal(["qps", "p50_us", "p99_us", "recall"], line.RootElement.GetProperty("peers").GetProperty("garnet").EnumerateObject().Select(field => field.Name));
        Assert.DoesNotContain('\n', report.ToJson());
    }

    [Fact]
    public async Task A_closed_loop_counts_every_call_and_judges_every_answer()
    {
        CountingConnection[] connections = [new(), new(), new()];
        LoadResult result = await ClosedLoop.RunAsync(connections, queries: 10, TimeSpan.FromMilliseconds(20));
        Assert.Equal(connections.Sum(one => (long)one.Asked), result.Calls);
        Assert.Equal(0.7, result.Recall(k: 10), 9);
        Assert.Equal(0.7, await ClosedLoop.RecallAsync(connections, queries: 10, k: 10), 9);
    }

    [Fact]
    public void A_header_block_writes_long_texts_as_hpack_has_it()
    {
        byte[] block = AttackWire.Block(("x", new string('v', 300)));
        Assert.Equal([0, 1, (byte)'x', 127, (300 - 127) % 128 + 128, (300 - 127) / 128], block[..6]);
        Assert.Equal(6 + 300, block.Length);
    }

    [Fact]
    public void A_frame_has_nine_bytes_before_its_payload()
    {
        Assert.Equal([0, 1, 4, 6, 1, 0, 0, 1, 3], AttackWire.Frame(AttackWire.PingType, 1, 259, new byte[260])[..9]);
    }

    private sealed class CountingConnection : IQueryConnection
    {
        public int Asked { get; private set; }

        public ValueTask<int> AskAsync(int query)
        {
            Asked++;
            return ValueTask.FromResult(7);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
