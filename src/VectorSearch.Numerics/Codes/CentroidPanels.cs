using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VectorSearch.Numerics.Codes;

/// <summary>
/// Centroids transposed in panels of 16, so that one row is compared with 16 of them by vertical multiply-adds and no
/// horizontal sum. What is computed is ‖c‖² − 2·x·c, which orders centroids as the squared distance does.
/// </summary>
public sealed unsafe class CentroidPanels : IDisposable
{
    /// <summary>Centroids a panel; the last is filled with copies that never win (‖c‖² infinite).</summary>
    public const int Width = 16;

    private readonly Formats.RowMatrix<float> _panels;
    private readonly Formats.RowMatrix<float> _norms;

    /// <summary>Lays out centroids given row after row.</summary>
    public CentroidPanels(ReadOnlySpan<float> centroids, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Count = centroids.Length / dimension;
        Dimension = dimension;
        PanelCount = (Count + Width - 1) / Width;
        _panels = new Formats.RowMatrix<float>(PanelCount * dimension, Width);
        _norms = new Formats.RowMatrix<float>(PanelCount, Width);
        for (var c = 0; c < PanelCount * Width; c++)
        {
            var norm = 0f;
            for (var j = 0; j < dimension && c < Count; j++)
            {
                var value = centroids[(c * dimension) + j];
                norm += value * value;
                _panels[(c / Width * dimension) + j][c % Width] = value;
            }

            _norms[c / Width][c % Width] = c < Count ? norm : float.PositiveInfinity;
        }
    }

    /// <summary>How many centroids.</summary>
    public int Count { get; }

    /// <summary>Elements a centroid.</summary>
    public int Dimension { get; }

    /// <summary>How many panels.</summary>
    public int PanelCount { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _panels.Dispose();
        _norms.Dispose();
    }

    /// <summary>Finds each row's nearest centroid; of equals, the one with the smaller number.</summary>
    /// <param name="rows">count × Dimension floats.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="nearest">Receives count centroid numbers.</param>
    /// <param name="scores">Receives count scores, ‖c‖² − 2·row·c.</param>
    public void Nearest(float* rows, int count, Span<int> nearest, Span<float> scores)
    {
        var done = 0;
        for (; done + 4 <= count; done += 4)
            Nearest4(rows + ((long)done * Dimension), nearest.Slice(done, 4), scores.Slice(done, 4));
        if (done == count) return;

        // The last rows are repeated to make four: the result of a row then never depends on the rows beside it.
        var rest = stackalloc float[4 * Dimension];
        for (var i = 0; i < 4; i++)
        {
            var from = rows + ((long)Math.Min(done + i, count - 1) * Dimension);
            Unsafe.CopyBlock(rest + (i * Dimension), from, (uint)(Dimension * sizeof(float)));
        }

        Span<int> who = stackalloc int[4];
        Span<float> score = stackalloc float[4];
        Nearest4(rest, who, score);
        who[..(count - done)].CopyTo(nearest[done..]);
        score[..(count - done)].CopyTo(scores[done..]);
    }

    private void Nearest4(float* rows, Span<int> nearest, Span<float> scores)
    {
        var r0 = rows;
        var r1 = rows + Dimension;
        var r2 = rows + (2 * Dimension);
        var r3 = rows + (3 * Dimension);
        var minusTwo = Vector256.Create(-2f);
        var best = stackalloc Vector256<float>[8];
        var at = stackalloc Vector256<int>[8];
        for (var i = 0; i < 8; i++)
        {
            best[i] = Vector256.Create(float.PositiveInfinity);
            at[i] = default;
        }

        var panel = _panels.Data;
        for (var p = 0; p < PanelCount; p++)
        {
            Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
            Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
            for (var j = 0; j < Dimension; j++, panel += Width)
            {
                var lower = Vector256.Load(panel);
                var upper = Vector256.Load(panel + 8);
                var x = Vector256.Create(r0[j]);
                a0 = Vector256.FusedMultiplyAdd(x, lower, a0);
                a1 = Vector256.FusedMultiplyAdd(x, upper, a1);
                x = Vector256.Create(r1[j]);
                b0 = Vector256.FusedMultiplyAdd(x, lower, b0);
                b1 = Vector256.FusedMultiplyAdd(x, upper, b1);
                x = Vector256.Create(r2[j]);
                c0 = Vector256.FusedMultiplyAdd(x, lower, c0);
                c1 = Vector256.FusedMultiplyAdd(x, upper, c1);
                x = Vector256.Create(r3[j]);
                d0 = Vector256.FusedMultiplyAdd(x, lower, d0);
                d1 = Vector256.FusedMultiplyAdd(x, upper, d1);
            }

            var norm0 = Vector256.Load(_norms.Data + (p * Width));
            var norm1 = Vector256.Load(_norms.Data + (p * Width) + 8);
            var number0 = Vector256.Create(p * Width) + Vector256<int>.Indices;
            var number1 = number0 + Vector256.Create(8);
            Keep(ref best[0], ref at[0], Vector256.FusedMultiplyAdd(a0, minusTwo, norm0), number0);
            Keep(ref best[1], ref at[1], Vector256.FusedMultiplyAdd(a1, minusTwo, norm1), number1);
            Keep(ref best[2], ref at[2], Vector256.FusedMultiplyAdd(b0, minusTwo, norm0), number0);
            Keep(ref best[3], ref at[3], Vector256.FusedMultiplyAdd(b1, minusTwo, norm1), number1);
            Keep(ref best[4], ref at[4], Vector256.FusedMultiplyAdd(c0, minusTwo, norm0), number0);
            Keep(ref best[5], ref at[5], Vector256.FusedMultiplyAdd(c1, minusTwo, norm1), number1);
            Keep(ref best[6], ref at[6], Vector256.FusedMultiplyAdd(d0, minusTwo, norm0), number0);
            Keep(ref best[7], ref at[7], Vector256.FusedMultiplyAdd(d1, minusTwo, norm1), number1);
        }

        for (var i = 0; i < 4; i++) (nearest[i], scores[i]) = Least((float*)(best + (2 * i)), (int*)(at + (2 * i)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(ref Vector256<float> best, ref Vector256<int> at, Vector256<float> score, Vector256<int> number)
    {
        var better = Vector256.LessThan(score, best);
        best = Vector256.ConditionalSelect(better, score, best);
        at = Vector256.ConditionalSelect(better.AsInt32(), number, at);
    }

    private static (int Number, float Score) Least(float* best, int* at)
    {
        var winner = 0;
        for (var i = 1; i < Width; i++)
            if (best[i] < best[winner] || (best[i] == best[winner] && at[i] < at[winner])) winner = i;
        return (at[winner], best[winner]);
    }
}
