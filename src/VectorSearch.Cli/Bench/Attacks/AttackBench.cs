using System.Diagnostics;
using System.Globalization;
using VectorSearch.Cli.Bench.Serving;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>Starts a server with some vectors, and does to it what it should bear.</summary>
internal sealed class AttackBench(TimeSpan duration, IReadOnlyCollection<string> only, CancellationToken cancellation)
{
    public const string Collection = "attacked";

    private const int Points = 100_000, Dimension = 100, MessageRows = 2000, MaxGrowthMb = 100, Pace = 10;
    private const double MaxRatio = 2;

    /// <summary>
    /// In less time nothing that depends on time is judged, though it is told: some hundred calls are few for a 99th
    /// percentile, and the server bears a slow sender, or one of too many control frames, for some seconds.
    /// </summary>
    private static readonly TimeSpan LeastToJudgeTimes = TimeSpan.FromSeconds(10);

    private bool JudgesTimes => duration >= LeastToJudgeTimes;

    public async Task<AttackReport> RunAsync()
    {
        foreach (string name in only)
        {
            if (!AttackKinds.All.ContainsKey(name) && name is not ("overload" or "deadlines"))
                throw new CliException($"--only has '{name}'; expected overload, deadlines, {string.Join(", ", AttackKinds.All.Keys)}.");
        }

        string data = Directory.CreateTempSubdirectory("vectorsearch-attacks-").FullName;
        try
        {
            using BenchedProcess server = await BenchedProcess.StartAsync("serve", "--data", data, "--grpc-port", "0", "--http-port", "0");
            await FillAsync(server.Address);
            AttackReport report = new();
            using (GrpcChannel victim = new(server.Address))
            {
                foreach ((string name, (_, bool isThrownOut)) in AttackKinds.All.Where(attack => Wanted(attack.Key)))
                    report.Attacks.Add(await AttackAsync(server, victim, name, isThrownOut, report.Misses));
            }

            if (Wanted("overload")) report.Overload = new OverloadBench(server, duration).Run(report.Misses, JudgesTimes);
            if (Wanted("deadlines")) report.Deadlines = await new DeadlineBench(server).RunAsync(report.Misses, JudgesTimes);
            if (server.HasEnded) report.Misses.Add("the server is gone");
            if (!JudgesTimes) Console.WriteLine($"times are not judged in less than {LeastToJudgeTimes.TotalSeconds:F0} s");
            foreach (string miss in report.Misses) Console.WriteLine("missed: " + miss);
            return report;
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>A query by vector of the collection.</summary>
    public static QueryRequest Question(Random random, bool exact) => new()
    {
        Collection = Collection,
        Vectors = new Matrix { Data = Google.Protobuf.ByteString.CopyFrom(Vector(random)), Dim = Dimension, Rows = 1, Type = ElementType.Float32 },
        Options = new SearchOptions { Exact = exact },
    };

    private bool Wanted(string name) => only.Count == 0 || only.Contains(name);

    private async Task<AttackFigures> AttackAsync(BenchedProcess server, GrpcChannel victim, string name, bool isThrownOut, List<string> misses)
    {
        // Once without counting: both sides compile their hot paths.
        await RunAsync(server, victim, name, 1, TimeSpan.FromSeconds(1));
        AttackRun seen = await RunAsync(server, victim, name, 1, duration);
        AttackRun control = await RunAsync(server, victim, AttackKinds.Control, Math.Clamp(seen.CpuSeconds / duration.TotalSeconds, 0.01, 1), duration);
        AttackFigures figures = new(
            name, seen.P99Ms, control.P99Ms, seen.P99Ms / control.P99Ms, seen.GrowthMb, seen.Faults, seen.Sent, seen.Connections, seen.Closed,
            seen.CpuSeconds, control.CpuSeconds, seen.ServerCpuSeconds, control.ServerCpuSeconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-18} p99 {seen.P99Ms,6:F1} ms, control {control.P99Ms,6:F1} ms, ratio {figures.Ratio:F2}; memory {seen.GrowthMb:+0;-0} MB; {seen.Faults} faults; {seen.Sent} sent on {seen.Connections} connections, "
            + $"{seen.Closed} closed by the server; CPU attacker {seen.CpuSeconds:F1} s, server {seen.ServerCpuSeconds:F1} s; control {control.CpuSeconds:F1} s, server {control.ServerCpuSeconds:F1} s, {control.Sent} calls"));
        if (figures.Ratio >= MaxRatio && JudgesTimes) misses.Add($"{name}: another client's p99 is {figures.Ratio:F2} times the control run's");
        if (seen.GrowthMb > MaxGrowthMb) misses.Add($"{name}: memory grew by {seen.GrowthMb:F0} MB");
        if (seen.Faults > 0) misses.Add($"{name}: {seen.Faults} calls of another client failed");
        if (isThrownOut && seen.Closed == 0 && JudgesTimes) misses.Add($"{name}: the attacker was not thrown out");
        return figures;
    }

    /// <summary>One attacker beside one client that calls a hundred times a second.</summary>
    private async Task<AttackRun> RunAsync(BenchedProcess server, GrpcChannel victim, string name, double cpuShare, TimeSpan time)
    {
        long before = server.ResidentBytes;
        TimeSpan cpuBefore = server.Cpu;
        string program = Environment.ProcessPath!;
        List<string> arguments =
        [
            "bench", "attacker", "--name", name, "--port", server.Address.Port.ToString(CultureInfo.InvariantCulture),
            "--milliseconds", time.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture), "--cpu-share", cpuShare.ToString(CultureInfo.InvariantCulture),
        ];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") arguments.Insert(0, typeof(AttackBench).Assembly.Location);
        using Process attacker = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        List<double> times = [];
        int faults = 0;
        Random random = new(1);
        GrpcMethod<QueryRequest, QueryReply> query = new(PointsReflection.Descriptor.Services[0], "Query");
        using PeriodicTimer pace = new(TimeSpan.FromMilliseconds(Pace));
        while (!attacker.HasExited)
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await victim.UnaryAsync(query, Question(random, exact: false), new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(10) }, cancellation);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            catch (RpcException)
            {
                faults++;
            }

            await pace.WaitForNextTickAsync(cancellation);
        }

        string[] told = (await attacker.StandardOutput.ReadToEndAsync(cancellation)).Split(' ');
        if (told.Length != 4) throw new CliException($"The attacker '{name}' ended with {attacker.ExitCode}.");
        times.Sort();
        return new AttackRun(
            times[(int)(times.Count * 0.99)], faults, (server.ResidentBytes - before) / 1e6, int.Parse(told[0], CultureInfo.InvariantCulture),
            int.Parse(told[1], CultureInfo.InvariantCulture), long.Parse(told[2], CultureInfo.InvariantCulture), double.Parse(told[3], CultureInfo.InvariantCulture),
            (server.Cpu - cpuBefore).TotalSeconds);
    }

    private async Task FillAsync(Uri address)
    {
        using VectorSearchClient client = new(address, new VectorSearchClientOptions { Timeout = TimeSpan.FromMinutes(10) });
        await client.Collections.CreateAsync(
            new Collection
            {
                Name = Collection, Dimension = Dimension, Metric = Metric.SquaredEuclidean, SpaceId = "client:bench@1", IdKind = IdKind.Number, Hnsw = new HnswConfig { M = 8, EfConstruction = 40 },
            },
            cancellationToken: cancellation);
        PointsClient points = client.Points(Collection);
        Random random = new(0);
        for (int first = 0; first < Points; first += MessageRows)
        {
            float[] rows = new float[MessageRows * Dimension];
            for (int i = 0; i < rows.Length; i++) rows[i] = random.NextSingle();
            await points.UpsertAsync(Enumerable.Range(first, MessageRows).Select(row => (ulong)row).ToArray(), new Vectors(rows, Dimension), cancellationToken: cancellation);
        }

        while ((await client.Collections.GetAsync(Collection, cancellationToken: cancellation)).Status.UnlinkedPoints > 0) await Task.Delay(50, cancellation);
    }

    private static byte[] Vector(Random random)
    {
        float[] vector = new float[Dimension];
        for (int i = 0; i < Dimension; i++) vector[i] = random.NextSingle();
        return System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.AsSpan()).ToArray();
    }

    private sealed record AttackRun(double P99Ms, int Faults, double GrowthMb, int Connections, int Closed, long Sent, double CpuSeconds, double ServerCpuSeconds);
}
