using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>
/// Chooses the form of an index by measuring: both are built over a sample, asked held-out rows of it, and the one that is
/// faster at recall 0.95 and 0.99 (geometric mean) is taken.
/// </summary>
internal static class KindProbe
{
    private const int SampleRows = 20_000;
    private const int HeldOut = 500;

    public static string Choose(BenchSettings settings)
    {
        if (settings.Memory != "float32") return "sealed";
        using var file = VectorRowFile.Open(settings.Base);
        if (file.Rows < 4 * HeldOut) return "mutable";
        var (rows, queries) = Sample(file, settings.Seed);
        using (queries)
        {
            var judged = new RowMatrix<float>(rows.Rows, rows.Dimension);
            for (var i = 0; i < rows.Rows; i++) rows[i].CopyTo(judged[i]);
            using var mutable = MutableBenchedIndex.Build(judged, settings);
            using var built = SealedBenchedIndex.Build(rows, settings);
            var exact = new SealedRequest(settings.K) { Exact = true };
            var bounds = new float[queries.Rows];
            var hits = new Neighbor[settings.K];
            for (var q = 0; q < bounds.Length; q++)
                bounds[q] = hits[mutable.Search(queries[q], exact, hits).Count - 1].Distance;
            var (a, b) = (Speed(mutable, queries, bounds, settings.K), Speed(built, queries, bounds, settings.K));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"on a sample of {rows.Rows} rows: mutable {a:F0}, sealed {b:F0} queries/CPU s"));
            return a > b ? "mutable" : "sealed";
        }
    }

    /// <summary>Queries a CPU second at recall 0.95 and 0.99; 0 if they are not reached.</summary>
    private static double Speed(IBenchedIndex index, RowMatrix<float> queries, float[] bounds, int k)
    {
        var hits = new Neighbor[k];
        var curve = new List<CurvePoint>();
        foreach (var effort in index.Efforts)
        {
            var request = new SealedRequest(k) { Effort = effort };
            var right = 0L;
            var cpu = Environment.CpuUsage.TotalTime;
            for (var q = 0; q < queries.Rows; q++)
            {
                var count = index.Search(queries[q], request, hits).Count;
                foreach (var hit in hits.AsSpan(0, count)) if (hit.Distance <= bounds[q] + (MathF.Abs(bounds[q]) * 1e-5f)) right++;
            }

            for (var q = 0; q < queries.Rows; q++) index.Search(queries[q], request, hits);
            var speed = 2 * queries.Rows / Math.Max(1e-4, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            curve.Add(new CurvePoint(effort, (double)right / ((long)queries.Rows * k), speed, speed, 0, 0, 0));
        }

        var (at, _) = RecallCurve.Read(curve, perCpu: true);
        return Math.Sqrt((at["0.95"] ?? 0) * (at["0.99"] ?? 0));
    }

    private static (RowMatrix<float> Rows, RowMatrix<float> Queries) Sample(VectorRowFile file, ulong seed)
    {
        var random = new Xoshiro256(seed, 0xF1);
        var order = Enumerable.Range(0, file.Rows).ToArray();
        random.Shuffle<int>(order);
        var take = Math.Min(SampleRows, file.Rows - HeldOut);
        var rows = new RowMatrix<float>(take, file.Dimension);
        var queries = new RowMatrix<float>(HeldOut, file.Dimension);
        var row = new float[file.Dimension];
        for (var i = 0; i < take + HeldOut; i++)
        {
            file.Read(order[i], row);
            row.CopyTo(i < take ? rows[i] : queries[i - take]);
        }

        return (rows, queries);
    }
}
