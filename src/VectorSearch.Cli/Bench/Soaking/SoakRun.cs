using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench.Soaking;

/// <summary>Soaks the mutable form, and the sealed form with changes.</summary>
internal static class SoakRun
{
    /// <summary>Slots of the mutable form for each row that it begins with: it holds up to twice as many, and removed ones wait for the sweep.</summary>
    private const int SlotsARow = 8;

    /// <summary>Soaks each form that was asked for, and prints what it did and found.</summary>
    /// <param name="settings">What to soak, and with what.</param>
    /// <param name="count">Most rows to begin with.</param>
    /// <param name="seconds">How long each.</param>
    /// <exception cref="CliException">A soak found something wrong.</exception>
    public static void Run(BenchSettings settings, int count, double seconds)
    {
        using var queries = VectorFile.ReadFloats(settings.Queries);
        using var rows = VectorFile.ReadFloats(settings.Base, count);
        if (settings.K > rows.Rows / 2) throw new CliException($"--k is {settings.K}; expected at most {rows.Rows / 2}: a soak leaves no more of these {rows.Rows} rows at times.");
        var reports = new List<SoakReport>();
        foreach (var kind in settings.Kind == "auto" ? ["mutable", "sealed"] : new[] { settings.Kind })
        {
            using ISoakedIndex index = kind == "mutable" ? Mutable(settings, rows) : Layered(settings, rows);
            var report = new Soak(index, rows, rows.Rows, queries, settings.K, settings.Seed).Run(seconds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Kind}: {report.Added} added, {report.Removed} removed, {report.Searches} searches and {report.Tended} times tended in {report.Seconds:F0} s, {report.Live} live; {(report.Problems.Count == 0 ? "nothing wrong" : string.Join(Environment.NewLine, report.Problems))}"));
            reports.Add(report);
        }

        if (settings.Json)
            Console.WriteLine(JsonLine.Of(new { n = rows.Rows, dim = rows.Dimension, metric = settings.MetricName, k = settings.K, soak = reports }));
        if (reports.Sum(report => report.Problems.Count) is var problems and > 0) throw new CliException($"The soak found {problems} things wrong; expected none.");
    }

    private static SoakedMutableIndex Mutable(BenchSettings settings, RowMatrix<float> rows) => new(HnswIndex.Build(
        MutableBenchedIndex.OptionsFor(settings, rows.Dimension, rows.Rows * SlotsARow), rows.Rows, (row, vector) => rows[row].CopyTo(vector), settings.BuildThreads));

    private static SoakedLayeredIndex Layered(BenchSettings settings, RowMatrix<float> rows)
    {
        var copy = new RowMatrix<float>(rows.Rows, rows.Dimension);
        rows.All().CopyTo(copy.All());
        var options = SealedBenchedIndex.OptionsFor(settings);
        return new SoakedLayeredIndex(new LayeredIndex(SealedBuilder.Build(copy, options)), options);
    }
}
