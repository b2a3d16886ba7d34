using System.Diagnostics;
using VectorSearch.Index;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>What a writer at full speed on another core costs a search of the mutable form, beside what a second searcher costs it.</summary>
/// <param name="Rows">Rows of the index.</param>
/// <param name="Alone">Queries a second of one thread alone.</param>
/// <param name="BesideSearcher">The same beside a thread that searches too.</param>
/// <param name="BesideWriter">The same beside a thread that removes and adds.</param>
/// <param name="WritesASecond">Removals and insertions that the writer did a second.</param>
/// <param name="PointsMore">How many points of the lone speed the writer costs more than the second searcher.</param>
internal sealed record WriterBench(int Rows, double Alone, double BesideSearcher, double BesideWriter, double WritesASecond, double PointsMore)
{
    private const int MaxRows = 100_000;
    private const int Ef = 50;
    private const int Rounds = 7;
    private const double Seconds = 1.5;

    public static WriterBench Run(BenchSettings settings, BenchData data)
    {
        using var rows = VectorFile.ReadFloats(settings.Base);
        var count = Math.Min(MaxRows, rows.Rows);
        using var index = HnswIndex.Build(
            MutableBenchedIndex.OptionsFor(settings, rows.Dimension, count * 2), count, (row, vector) => rows[row].CopyTo(vector), settings.BuildThreads);
        var slots = Enumerable.Range(0, count).ToArray();
        var random = new Xoshiro256(settings.Seed, 0xE2);
        double[] alone = new double[Rounds], searcher = new double[Rounds], writer = new double[Rounds], writes = new double[Rounds], points = new double[Rounds];
        Queries(index, data, new Stopper());
        for (var round = 0; round < Rounds; round++)
        {
            // The lone search stands between the two that are compared, and each of these comes first in turn.
            if (round % 2 == 0) searcher[round] = Beside(index, data, stop => Queries(index, data, stop), out _);
            else writer[round] = Beside(index, data, stop => Writes(index, rows, slots, ref random, stop), out writes[round]);
            alone[round] = Queries(index, data, new Stopper());
            if (round % 2 == 1) searcher[round] = Beside(index, data, stop => Queries(index, data, stop), out _);
            else writer[round] = Beside(index, data, stop => Writes(index, rows, slots, ref random, stop), out writes[round]);
            points[round] = 100 * (searcher[round] - writer[round]) / alone[round];
        }

        return new WriterBench(count, Median(alone), Median(searcher), Median(writer), Median(writes), Median(points));
    }

    private static double Beside(HnswIndex index, BenchData data, Func<Stopper, double> other, out double otherSpeed)
    {
        var stop = new Stopper();
        var speed = 0.0;
        var thread = new Thread(() => speed = other(stop));
        thread.Start();
        var own = Queries(index, data, new Stopper());
        stop.Now = true;
        thread.Join();
        otherSpeed = speed;
        return own;
    }

    private static double Queries(HnswIndex index, BenchData data, Stopper stop)
    {
        var hits = new Neighbor[data.K];
        var clock = Stopwatch.StartNew();
        long done = 0;
        for (; !stop.Now && clock.Elapsed.TotalSeconds < Seconds; done++)
            index.Search(data.Queries[(int)(done % data.Queries.Rows)], new SearchRequest(data.K) { Ef = Ef }, hits);
        return done / clock.Elapsed.TotalSeconds;
    }

    private static double Writes(HnswIndex index, RowMatrix<float> rows, int[] slots, ref Xoshiro256 random, Stopper stop)
    {
        var clock = Stopwatch.StartNew();
        long done = 0;
        for (; !stop.Now && clock.Elapsed.TotalSeconds < 2 * Seconds; done += 2)
        {
            var row = random.NextInt(slots.Length);
            index.Remove(slots[row]);
            slots[row] = index.Add(rows[row]);
        }

        return done / clock.Elapsed.TotalSeconds;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private sealed class Stopper
    {
        public volatile bool Now;
    }
}
