using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>The mutable form under a bench command, with the paper's M and efConstruction at their defaults.</summary>
internal sealed class MutableBenchedIndex(HnswIndex index) : IBenchedIndex
{
    /// <summary>Beam width of a search that names none, as those under filters do: it gives recall 0.95 and more on the sets measured.</summary>
    private const int FilteredEf = 128;

    public string Kind => "mutable";

    public long MemoryBytes
    {
        get
        {
            var statistics = index.GetStatistics();
            return statistics.VectorBytes + statistics.CodeBytes + statistics.GraphBytes;
        }
    }

    public bool HasRecallDial => false;

    public IReadOnlyList<int> Efforts { get; } = [10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 800, 1200, 1800];

    /// <summary>Builds over the rows of the base file, which are read one by one: nothing is held twice.</summary>
    public static MutableBenchedIndex Build(BenchSettings settings)
    {
        using var rows = VectorRowFile.Open(settings.Base);
        return new MutableBenchedIndex(HnswIndex.Build(
            OptionsFor(settings, rows.Dimension, rows.Rows), rows.Rows, rows.Read, settings.BuildThreads));
    }

    /// <summary>Builds over some rows, and disposes them.</summary>
    public static MutableBenchedIndex Build(RowMatrix<float> rows, BenchSettings settings)
    {
        using (rows)
        {
            return new MutableBenchedIndex(HnswIndex.Build(
                OptionsFor(settings, rows.Dimension, rows.Rows), rows.Rows, (row, vector) => rows[row].CopyTo(vector), settings.BuildThreads));
        }
    }

    public static HnswOptions OptionsFor(BenchSettings settings, int dimension, int rows) => new()
    {
        Dimension = dimension,
        Metric = settings.Metric,
        MaxSlots = Math.Max(1, rows),
        Seed = settings.Seed,
    };

    public SearchOutcome Search(ReadOnlySpan<float> query, in SealedRequest request, Span<Neighbor> hits) => index.Search(
        query,
        new SearchRequest(request.K) { Ef = request.Effort == 0 ? FilteredEf : request.Effort, Filter = request.Filter, Exact = request.Exact },
        hits);

    public void Dispose() => index.Dispose();
}
