using System.Diagnostics;
using System.Globalization;
using VectorSearch.Client;
using VectorSearch.Numerics.Formats;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>Writes vectors to a server over its stream of writes and measures how fast, every batch acknowledged as committed.</summary>
internal sealed class IngestBench(BenchedProcess server, string file, RowMatrix<float> rows, CancellationToken cancellation) : IDisposable
{
    private const int BatchRows = 1000;
    private const string Exact = "bench-exact", Sealed = "bench-sealed", Space = "client:bench@1";

    private readonly VectorSearchClient _client = new(server.Address, new VectorSearchClientOptions { Timeout = TimeSpan.FromMinutes(30) });

    /// <summary>Fills the collection that queries are measured on, unless it is there, and measures the ways of writing.</summary>
    /// <param name="collection">Its name.</param>
    /// <param name="measure">True measures the other ways of writing too.</param>
    public async Task<IngestFigures> FillAsync(string collection, bool measure)
    {
        bool isThere = (await _client.Collections.ListAsync(cancellationToken: cancellation)).Any(one => one.Name == collection && one.Status.Points == (ulong)rows.Rows);
        if (!measure)
        {
            double? only = isThere ? null : Told("into the graph", await WriteAsync(collection, IndexKind.Hnsw));
            await WaitForLinksAsync(collection);
            return new IngestFigures(null, only, null, null, null, null, null);
        }

        (double Served, double Here)? graph = isThere ? null : await BesideAsync(LocalBuild.Graph, () => WriteAsync(collection, IndexKind.Hnsw));
        // A start replays the log, and links what the snapshot does not hold.
        await WaitForLinksAsync(collection);
        double exact = Told("into an exact collection", await WriteAsync(Exact, IndexKind.Exact));
        await _client.Collections.DeleteAsync(Exact, cancellationToken: cancellation);
        (double Served, double Here) bulk = await BesideAsync(LocalBuild.Sealed, WriteAndSealAsync);
        await _client.Collections.DeleteAsync(Sealed, cancellationToken: cancellation);
        return new IngestFigures(exact, graph?.Served, graph?.Here, graph?.Served / graph?.Here, bulk.Served, bulk.Here, bulk.Served / bulk.Here);
    }

    /// <summary>Makes a collection of some points.</summary>
    public async Task FillFewAsync(string collection, int points)
    {
        if ((await _client.Collections.ListAsync(cancellationToken: cancellation)).Any(one => one.Name == collection)) return;
        await CreateAsync(collection, IndexKind.Hnsw);
        await WriteRowsAsync(collection, points);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Vectors a second until all are committed and linked.</summary>
    private async Task<double> WriteAsync(string collection, IndexKind index)
    {
        await CreateAsync(collection, index);
        Stopwatch clock = Stopwatch.StartNew();
        await WriteRowsAsync(collection, rows.Rows);
        await WaitForLinksAsync(collection);
        return rows.Rows / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Vectors a second until all are committed and sealed, and what was sealed answers.</summary>
    private async Task<double> WriteAndSealAsync()
    {
        await CreateAsync(Sealed, IndexKind.Sealed);
        Stopwatch clock = Stopwatch.StartNew();
        await WriteRowsAsync(Sealed, rows.Rows);
        TimeSpan written = clock.Elapsed;
        PhaseClock phases = new();
        RebuildRequest request = new() { Collection = Sealed, Decision = RebuildRequest.Types.Decision.Promote, CpuPercent = 100 };
        await _client.Generations.RebuildAsync(request, phases, cancellation);
        TimeSpan all = clock.Elapsed;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"sealed collection: written in {written.TotalSeconds:F1} s, sealed in {(all - written).TotalSeconds:F1} s ({Text(phases.Until(Stopwatch.GetTimestamp()))})"));
        return rows.Rows / all.TotalSeconds;
    }

    private async Task WaitForLinksAsync(string collection)
    {
        while ((await _client.Collections.GetAsync(collection, cancellationToken: cancellation)).Status.UnlinkedPoints > 0) await Task.Delay(50, cancellation);
    }

    private async Task CreateAsync(string collection, IndexKind index) => await _client.Collections.CreateAsync(
        new Collection
        {
            Name = collection, Dimension = (uint)rows.Dimension, Metric = Metric.SquaredEuclidean, SpaceId = Space, IdKind = IdKind.Number,
            Durability = Durability.Committed, Index = index,
        },
        cancellationToken: cancellation);

    private async Task WriteRowsAsync(string collection, int count)
    {
        await using IngestStream stream = _client.Points(collection).OpenIngest();
        for (int first = 0; first < count; first += BatchRows)
        {
            int batch = Math.Min(BatchRows, count - first);
            ulong[] ids = new ulong[batch];
            float[] vectors = new float[batch * rows.Dimension];
            for (int i = 0; i < batch; i++)
            {
                ids[i] = (ulong)(first + i);
                rows[first + i].CopyTo(vectors.AsSpan(i * rows.Dimension));
            }

            await stream.WriteAsync(ids, new Vectors(vectors, rows.Dimension), cancellationToken: cancellation);
        }

        IngestSummary summary = await stream.CompleteAsync(cancellation);
        if (summary.Refused.Count > 0) throw new CliException($"The server refused a batch: {summary.Refused[0].Message}");
    }

    /// <summary>
    /// Measures a way of writing between two builds without a server, and takes the mean time of these: machines get slower
    /// and quicker by a tenth within minutes, and what is compared is a ratio of that size.
    /// </summary>
    private async Task<(double Served, double Here)> BesideAsync(string form, Func<Task<double>> serve)
    {
        double before = await BuildHereAsync();
        double served = Told($"{form} form by a server", await serve());
        double after = await BuildHereAsync();
        return (served, 2 / ((1 / before) + (1 / after)));

        async Task<double> BuildHereAsync() => Told($"{form} form built without a server", await LocalBuild.RunAsync(form, file, cancellation));
    }

    private static string Text(IEnumerable<(string Phase, long From, long To)> phases) => string.Join(
        ", ", phases.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Phase} {Stopwatch.GetElapsedTime(one.From, one.To).TotalSeconds:F1} s")));

    private static double Told(string what, double speed)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {speed:F0} vectors/s"));
        return speed;
    }
}
