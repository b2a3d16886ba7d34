using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using VectorSearch.Cli.Bench.Serving;
using VectorSearch.Numerics.Formats;
using VectorSearch.PeerBench;

// Loads or measures one peer that runs already. run.sh starts the peers and says what to do.
//   load|measure garnet|chroma PORT --base F --queries F --truth F [--rows N] [--degree M] [--ef E] [--seconds S] [--connections 1,8,64]
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: load|measure garnet|chroma PORT --base F --queries F --truth F [--rows N] [--degree M] [--ef E] [--seconds S] [--connections 1,8,64]");
    return 2;
}

const int K = 10, EfConstruction = 200, LoadConnections = 8, BatchRows = 1000;
(string step, string peer, int port) = (args[0], args[1], Number(args[2]));
Dictionary<string, string> flags = [];
for (int i = 3; i + 1 < args.Length; i += 2) flags[args[i]] = args[i + 1];
int degree = Number(flags.GetValueOrDefault("--degree", "32")), wantedEf = Number(flags.GetValueOrDefault("--ef", "0"));
using QuerySet queries = QuerySet.Open(flags["--queries"], flags["--truth"], K);
if (step == "load")
{
    using RowMatrix<float> rows = VectorFile.ReadFloats(flags["--base"]);
    int count = Math.Min(rows.Rows, Number(flags.GetValueOrDefault("--rows", int.MaxValue.ToString(CultureInfo.InvariantCulture))));
    Stopwatch clock = Stopwatch.StartNew();
    if (peer == "garnet") await LoadGarnetAsync(rows, count);
    else await LoadChromaAsync(rows, count);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peer}: {count} rows loaded in {clock.Elapsed.TotalSeconds:F0} s"));
    return 0;
}

// The least effort that reaches the recall; Chroma's is fixed when it is loaded.
double recall = 0;
int ef = wantedEf;
foreach (int candidate in wantedEf > 0 ? (int[])[wantedEf] : [48, 56, 64, 72, 80, 88, 96, 112, 128, 160, 200, 256, 320, 400, 512, 640])
{
    ef = candidate;
    IReadOnlyList<IQueryConnection> probes = await OpenAsync(4, ef);
    recall = await ClosedLoop.RecallAsync(probes, queries.Count, K);
    foreach (IQueryConnection probe in probes) await probe.DisposeAsync();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peer}: ef {ef} recall {recall:F4}"));
    if (recall >= 0.95) break;
}

List<object> figures = [];
TimeSpan duration = TimeSpan.FromSeconds(Number(flags.GetValueOrDefault("--seconds", "5")));
foreach (int connections in flags.GetValueOrDefault("--connections", "1,8,64").Split(',').Select(Number))
{
    IReadOnlyList<IQueryConnection> callers = await OpenAsync(connections, ef);
    await ClosedLoop.RunAsync(callers, queries.Count, duration / 4);
    LoadResult result = await ClosedLoop.RunAsync(callers, queries.Count, duration);
    foreach (IQueryConnection caller in callers) await caller.DisposeAsync();
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{peer}: {connections} connections {result.Qps:F0}/s p50 {result.P50Micros:F0} us p99 {result.P99Micros:F0} us"));
    figures.Add(new { n = connections, qps = result.Qps, p50_us = result.P50Micros, p99_us = result.P99Micros, recall = result.Recall(K) });
}

Console.WriteLine(JsonSerializer.Serialize(new { name = peer, ef, recall, connections = figures }));
return 0;

async Task<IReadOnlyList<IQueryConnection>> OpenAsync(int connections, int effort)
{
    byte[][] questions = peer == "garnet" ? RespConnection.Questions(queries, effort) : ChromaConnection.Questions(queries);
    List<IQueryConnection> opened = [];
    for (int i = 0; i < connections; i++) opened.Add(peer == "garnet" ? await RespConnection.OpenAsync(port, queries, questions) : await ChromaConnection.OpenAsync(port, queries, questions));
    return opened;
}

async Task LoadGarnetAsync(RowMatrix<float> rows, int count)
{
    int next = -1;
    await Task.WhenAll(Enumerable.Range(0, LoadConnections).Select(_ => Task.Run(async () =>
    {
        await using RespConnection connection = await RespConnection.OpenAsync(port, queries, []);
        for (int row; (row = Interlocked.Increment(ref next)) < count;)
        {
            await connection.AddAsync(row, MemoryMarshal.AsBytes(rows[row]).ToArray(), degree, EfConstruction);
            if (row % 20_000 == 0) Console.WriteLine($"garnet: {row} rows");
        }
    })));
}

async Task LoadChromaAsync(RowMatrix<float> rows, int count)
{
    await ChromaConnection.CreateAsync(port, degree, EfConstruction, wantedEf > 0 ? wantedEf : 200);
    await using ChromaConnection connection = await ChromaConnection.OpenAsync(port, queries, []);
    for (int first = 0; first < count; first += BatchRows)
    {
        await connection.AddAsync(first, [.. Enumerable.Range(first, Math.Min(BatchRows, count - first)).Select(row => rows[row].ToArray())]);
        if (first % 20_000 == 0) Console.WriteLine($"chroma: {first} rows");
    }

    // Adds are acknowledged before they are indexed; the first answer waits for the index.
    await using ChromaConnection asking = await ChromaConnection.OpenAsync(port, queries, ChromaConnection.Questions(queries));
    await asking.AskAsync(0);
}

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
