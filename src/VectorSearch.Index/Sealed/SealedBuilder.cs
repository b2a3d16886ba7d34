using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>How far a build has come.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">Share of the whole that is done, 0 to 1; about the share of the time.</param>
public readonly record struct SealedProgress(string Stage, double Done);

/// <summary>Builds sealed indexes.</summary>
public static unsafe class SealedBuilder
{
    private const int MaxSampleRows = 16_384;
    private const int RowsACentroid = 48;
    private const int Iterations = 8;
    private const int Chunk = 256;

    /// <summary>
    /// Builds an index. Beside the rows only the codes and a sample are held, so the peak stays little above the finished
    /// index.
    /// </summary>
    /// <param name="rows">The rows. They belong to the index from here on, in whatever order it keeps them.</param>
    /// <param name="options">What to build.</param>
    /// <param name="progress">Told of each stage.</param>
    /// <param name="cancel">Ends the build; the rows are then given back.</param>
    /// <exception cref="ArgumentException">Bad options or a bad row; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The audit found the finished index unsound.</exception>
    public static SealedIndex Build(
        RowMatrix<float> rows, SealedOptions options, IProgress<SealedProgress>? progress = null, CancellationToken cancel = default) =>
        Build(rows, null, options, progress, cancel);

    /// <summary>As <see cref="Build(RowMatrix{float}, SealedOptions, IProgress{SealedProgress}?, CancellationToken)"/>, of rows that have slots.</summary>
    /// <param name="rows">The rows. They belong to the index from here on, in whatever order it keeps them.</param>
    /// <param name="slots">The slot of each row, all different and below <see cref="SealedOptions.MaxSlots"/>; null gives row i slot i.</param>
    /// <param name="options">What to build.</param>
    /// <param name="progress">Told of each stage.</param>
    /// <param name="cancel">Ends the build; the rows are then given back.</param>
    /// <exception cref="ArgumentException">Bad options, slots or a bad row; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The audit found the finished index unsound.</exception>
    public static SealedIndex Build(
        RowMatrix<float> rows, int[]? slots, SealedOptions options, IProgress<SealedProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        var faults = options.Faults();
        if (faults.Count > 0) throw new ArgumentException(string.Join(" ", faults), nameof(options));
        try
        {
            if (slots is not null && SealedSlots.FindFault(slots, rows.Rows) is { } fault) throw new ArgumentException(fault, nameof(slots));
            return new Work(rows, options, progress, cancel).Run(slots);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    /// <summary>How many lists so many rows are parted into: about 2√n·n^¼, which balances centroids against rows.</summary>
    internal static int ListsFor(int rows)
    {
        var wanted = rows / RowsAList(rows);
        return Math.Clamp(wanted, 1, SealedOptions.MaxLists);
    }

    private static int RowsAList(int rows) => rows switch
    {
        < 20_000 => 64,
        < 200_000 => 96,
        _ => 128,
    };

    private sealed class Work(
        RowMatrix<float> rows, SealedOptions options, IProgress<SealedProgress>? progress, CancellationToken cancel)
    {
        private readonly int _count = rows.Rows;
        private readonly int _dimension = rows.Dimension;
        private readonly int _bits = options.CodeBits > 0 ? options.CodeBits : CodedLists.BitsFor(rows.Dimension);

        public SealedIndex Run(int[]? slots)
        {
            progress?.Report(new SealedProgress("check", 0));
            var form = CheckRows();
            progress?.Report(new SealedProgress("ask", 0.02));
            var asked = Calibration.Ask(rows, slots, form, options, cancel);

            // From here on rows are what is kept of them: what can be made shorter gives its room to the build.
            var kept = RowStore.TakeOver(rows, options.Rows);
            progress?.Report(new SealedProgress("rotate", 0.08));
            var rotation = LearnRotation(kept, form);
            var lists = Math.Clamp(options.Lists == 0 ? ListsFor(_count) : options.Lists, 1, Math.Max(1, _count));
            progress?.Report(new SealedProgress("partition", 0.1));
            var centroids = TrainCentroids(kept, form, rotation, lists);
            progress?.Report(new SealedProgress("assign", 0.5));
            var (starts, order) = Grouping.ByKey(Assign(kept, form, rotation, centroids), lists);
            var coded = new CodedLists(starts, rotation.Output, _bits);
            progress?.Report(new SealedProgress("encode", 0.75));
            Encode(kept, form, rotation, centroids, coded, order);
            kept.Permute(order);
            progress?.Report(new SealedProgress("calibrate", 0.9));
            var tree = CentroidTree.Build(centroids, rotation.Output, _bits, options.Seed, options.Threads, cancel);
            var index = new SealedIndex(new SealedParts
            {
                Form = form,
                Rotation = rotation,
                Centroids = centroids,
                Tree = tree,
                Lists = coded,
                Rows = kept,
                Ids = slots is null ? order : Array.ConvertAll(order, row => slots[row]),
                Seed = options.Seed,
            });
            Calibration.Run(index, asked, options.Threads, cancel);
            index.Parts.Audit = SealedAuditor.Repair(index, _count, SealedAuditor.Run(index, _count));
            index.ForgetPlaces();
            progress?.Report(new SealedProgress("done", 1));
            if (index.Audit.IsSound) return index;
            var audit = index.Audit;
            index.Dispose();
            throw new InvalidOperationException($"The finished index does not hold what was put in: {audit}.");
        }

        /// <summary>Judges every row, normalises for cosine, and finds the greatest norm for the inner product.</summary>
        private VectorForm CheckRows()
        {
            if (options.Metric == Metric.InnerProduct && _dimension > SealedOptions.MaxDimension)
                throw new ArgumentException($"The rows have {_dimension} coordinates; expected at most {SealedOptions.MaxDimension}.", nameof(rows));
            var greatest = DeterministicParallel.Reduce(
                _count, Chunk, options.Threads, 0.0,
                (start, end) =>
                {
                    var norm = 0.0;
                    for (var i = start; i < end; i++)
                    {
                        if (VectorGuard.FindFault(rows[i], _dimension, options.Metric) is { } fault)
                            throw new ArgumentException($"Row {i}: {fault}", nameof(rows));
                        if (options.Metric == Metric.Cosine) VectorMath.Normalize(rows[i], rows[i]);
                        if (options.Metric == Metric.InnerProduct) norm = Math.Max(norm, VectorMath.NormSquaredDouble(rows[i]));
                    }

                    return norm;
                },
                Math.Max, cancel);
            return new VectorForm(options.Metric, _dimension, (float)Math.Sqrt(greatest));
        }

        private Rotation LearnRotation(RowStore kept, VectorForm form)
        {
            var count = Math.Min(_count, MaxSampleRows);
            var sum = new double[form.Length];
            var row = new float[form.Length];
            for (var i = 0; i < count; i++)
            {
                kept.ReadForm((int)((long)i * _count / count), form, row);
                for (var j = 0; j < row.Length; j++) sum[j] += row[j];
            }

            var mean = Array.ConvertAll(sum, s => (float)(s / Math.Max(1, count)));
            return new Rotation(mean, Math.Min(form.Length, CodedLists.MaxDimension(_bits)), options.Seed);
        }

        private float[] TrainCentroids(RowStore kept, VectorForm form, Rotation rotation, int lists)
        {
            var count = (int)Math.Min(_count, (long)lists * RowsACentroid);
            if (count == 0) return new float[lists * rotation.Output];
            using var sample = new PackedRows(count, rotation.Output);
            DeterministicParallel.For(
                count, Chunk, options.Threads,
                () => new Scratch(form, rotation, 1),
                (start, end, scratch) =>
                {
                    for (var i = start; i < end; i++)
                    {
                        kept.ReadForm((int)((long)i * _count / count), form, scratch.Form);
                        fixed (float* formed = scratch.Form, projected = scratch.Projected) rotation.Apply(formed, projected);
                        sample.Write(i, scratch.Projected.AsSpan(0, rotation.Output));
                    }
                },
                cancel);
            return KMeans.Train(sample, lists, Iterations, options.Seed, options.Threads, cancel);
        }

        private int[] Assign(RowStore kept, VectorForm form, Rotation rotation, float[] centroids)
        {
            var nearest = new int[_count];
            using var panels = new CentroidPanels(centroids, rotation.Output);
            DeterministicParallel.For(
                _count, Chunk, options.Threads,
                () => new Scratch(form, rotation, Chunk),
                (start, end, scratch) =>
                {
                    fixed (float* projected = scratch.Projected, formed = scratch.Form)
                    {
                        for (var i = start; i < end; i++)
                        {
                            kept.ReadForm(i, form, scratch.Form);
                            rotation.Apply(formed, projected + ((i - start) * rotation.Output));
                        }

                        panels.Nearest(projected, end - start, nearest.AsSpan(start, end - start), scratch.Scores);
                    }
                },
                cancel);
            return nearest;
        }

        private void Encode(RowStore kept, VectorForm form, Rotation rotation, float[] centroids, CodedLists lists, int[] order)
        {
            const int ListsAChunk = 8;
            var m = rotation.Output;
            DeterministicParallel.For(
                lists.Count, ListsAChunk, options.Threads,
                () => (Encoder: new ResidualEncoder(lists), Row: new Scratch(form, rotation, 1)),
                (start, end, scratch) =>
                {
                    fixed (float* projected = scratch.Row.Projected, formed = scratch.Row.Form, mean = rotation.Mean, centroid = centroids)
                    {
                        for (var l = start; l < end; l++)
                        {
                            scratch.Encoder.Begin(l);
                            for (var i = lists.RowStarts[l]; i < lists.RowStarts[l + 1]; i++)
                            {
                                kept.ReadForm(order[i], form, scratch.Row.Form);
                                rotation.Apply(formed, projected);
                                var tail = m == form.Length
                                    ? 0
                                    : VectorMath.SquaredDistance(formed, mean, form.Length) - VectorMath.Dot(projected, projected, m);
                                scratch.Encoder.Encode(l, i - lists.RowStarts[l], projected, centroid + ((long)l * m), MathF.Max(0, tail));
                            }

                            scratch.Encoder.End(l);
                        }
                    }
                },
                cancel);
        }

        /// <summary>A row in its form, and room for some rotated ones, the last of which is written as long as the rotation's input.</summary>
        private sealed class Scratch(VectorForm form, Rotation rotation, int rotated)
        {
            public float[] Form { get; } = new float[form.Length];

            public float[] Projected { get; } = new float[((rotated - 1) * rotation.Output) + rotation.Input];

            public float[] Scores { get; } = new float[rotated];
        }
    }
}
