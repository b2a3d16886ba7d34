using System.CommandLine;
using System.Globalization;
using VectorSearch.Index;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>
/// <c>vectorsearch bench mixed</c>: a sealed index of 95 % of the rows with the other 5 % added and 5 % of all removed, against
/// a sealed index of all rows; and what a writer at full speed costs a search of the mutable form.
/// </summary>
internal static class MixedCommand
{
    private const double Share = 0.05;

    public static Command Create()
    {
        var options = new BenchOptions();
        Command command = new("mixed", "Measure a sealed index with 5 % of the rows added and 5 % removed, and searches beside a writer.");
        options.AddTo(command);
        command.SetAction(parsed => BadOptions.Report(() => Run(options.Read(parsed) with { Kind = "sealed" })));
        return command;
    }

    private static void Run(BenchSettings settings)
    {
        using var data = BenchData.Open(settings);
        var timer = new SearchTimer(data, settings.Threads);
        var (sealedIndex, build) = BenchedIndexes.Build(settings);
        using var whole = sealedIndex;
        using var mixed = BuildMixed(settings, out var removed);
        foreach (var index in new[] { whole, mixed }) timer.Warm(index);

        EffortSweep sealedSweep = new(whole, timer, settings.K), mixedSweep = new(mixed, timer, settings.K);
        sealedSweep.Judge();
        data.Exclude(removed);
        mixedSweep.Judge();
        EffortSweep.Time(sealedSweep, mixedSweep);
        Console.WriteLine("sealed");
        sealedSweep.Print();
        Console.WriteLine("with changes");
        mixedSweep.Print();
        var (sealedCurve, mixedCurve, targets) = (sealedSweep.Curve, mixedSweep.Curve, mixedSweep.AtTargets);
        var (sealedAt, _) = RecallCurve.Read(sealedCurve, settings.Threads == 1);
        var (mixedAt, _) = RecallCurve.Read(mixedCurve, settings.Threads == 1);
        var ratio = sealedAt.ToDictionary(p => p.Key, p => mixedAt[p.Key] / p.Value);
        foreach (var (level, value) in ratio) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"recall {level}: {value:F2} x sealed"));
        var beside = WriterBench.Run(settings, data);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"mutable, {beside.Rows} rows: alone {beside.Alone:F0}/s, beside a searcher {beside.BesideSearcher:F0}/s, beside a writer {beside.BesideWriter:F0}/s ({beside.WritesASecond:F0} writes/s): {beside.PointsMore:F1} points more"));
        if (!settings.Json) return;
        Console.WriteLine(JsonLine.Of(new
        {
            n = data.Rows, dim = data.Dimension, metric = settings.MetricName, k = settings.K, kind = "layered", memory = settings.Memory,
            added = Share, removed = Share, build, memory_bytes = mixed.MemoryBytes, @sealed = new { curve = sealedCurve, at_recall = sealedAt },
            mixed = new { curve = mixedCurve, at_recall = mixedAt }, ratio, target_recall = targets,
            writer = new
            {
                rows = beside.Rows, alone_qps = beside.Alone, beside_searcher_qps = beside.BesideSearcher, beside_writer_qps = beside.BesideWriter,
                writes_per_second = beside.WritesASecond, points_more = beside.PointsMore,
            },
        }));
    }

    private static LayeredBenchedIndex BuildMixed(BenchSettings settings, out SlotSet removed)
    {
        using var rows = VectorFile.ReadFloats(settings.Base);
        var random = new Xoshiro256(settings.Seed, 0xE1);
        var added = Some(rows.Rows, ref random);
        removed = Some(rows.Rows, ref random);
        var delta = added;
        int[] rowOfSlot = [.. Enumerable.Range(0, rows.Rows).Where(r => !delta.Contains(r)), .. added.Slots()];
        var first = rows.Rows - added.Count;
        var index = new LayeredIndex(BuildSealed(settings, rows, rowOfSlot.AsSpan(0, first)));
        for (var slot = first; slot < rowOfSlot.Length; slot++) index.Add(rows[rowOfSlot[slot]]);
        for (var slot = 0; slot < rowOfSlot.Length; slot++)
            if (removed.Contains(rowOfSlot[slot])) index.Remove(slot);
        return new LayeredBenchedIndex(index, rowOfSlot);
    }

    private static SealedIndex BuildSealed(BenchSettings settings, RowMatrix<float> rows, ReadOnlySpan<int> chosen)
    {
        var kept = settings.IndexFile is { } file ? file + ".part" : null;
        if (kept is not null && File.Exists(kept))
        {
            using var stream = File.OpenRead(kept);
            return SealedIndex.Load(stream);
        }

        var part = new RowMatrix<float>(chosen.Length, rows.Dimension);
        for (var i = 0; i < chosen.Length; i++) rows[chosen[i]].CopyTo(part[i]);
        var index = SealedBuilder.Build(part, SealedBenchedIndex.OptionsFor(settings));
        if (kept is null) return index;
        using var made = File.Create(kept);
        index.Save(made);
        return index;
    }

    private static SlotSet Some(int rows, ref Xoshiro256 random)
    {
        var some = new SlotSet(rows);
        while (some.Count < (int)(rows * Share)) some.Add(random.NextInt(rows));
        return some;
    }
}
