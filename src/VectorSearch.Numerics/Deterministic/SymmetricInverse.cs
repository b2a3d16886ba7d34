namespace VectorSearch.Numerics;

/// <summary>
/// Inverse of a large symmetric positive definite matrix in place, by Gauss–Jordan elimination in blocks (the sweep
/// operator; Golub and Van Loan, section 3.2, with blocks of rows instead of rows). It needs no pivots for such a matrix,
/// n³ fused multiply-adds, and one row panel of extra memory.
/// </summary>
public static unsafe class SymmetricInverse
{
    private const int Block = 64;

    /// <summary>Rows that one piece of parallel work updates; a multiple of the register tile.</summary>
    private const int ChunkRows = 64;

    /// <summary>A ← A⁻¹; false when A is not positive definite, and A is then spoilt.</summary>
    /// <param name="a">n × n, row-major, all of it filled.</param>
    /// <param name="n">Rows.</param>
    /// <param name="threads">Most threads; 0 for one a processor.</param>
    /// <param name="step">Told the rows done after each block.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public static bool TryInvert(float* a, int n, int threads, Action<int>? step = null, CancellationToken cancellationToken = default)
    {
        float[] panel = new float[(long)Block * n];
        float[] packed = new float[Gemm.PackedLength(n, Block)];
        float[] pivot = new float[Block * Block];
        for (int k = 0; k < n; k += Block)
        {
            int width = Math.Min(Block, n - k);
            if (!TryInvertPivot(a, n, k, width, pivot)) return false;
            Sweep(a, n, k, width, pivot, panel, packed, threads, cancellationToken);
            step?.Invoke(k + width);
        }

        return true;
    }

    /// <summary>The inverse of the diagonal block at k, in double precision.</summary>
    private static bool TryInvertPivot(float* a, int n, int k, int width, float[] pivot)
    {
        double[,] d = new double[width, width];
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j < width; j++) d[i, j] = a[((nint)(k + i) * n) + k + j];
        }

        for (int p = 0; p < width; p++)
        {
            double diagonal = d[p, p];
            if (!(diagonal > 0)) return false;
            d[p, p] = 1;
            for (int j = 0; j < width; j++) d[p, j] /= diagonal;
            for (int i = 0; i < width; i++)
            {
                if (i == p) continue;
                double factor = d[i, p];
                d[i, p] = 0;
                for (int j = 0; j < width; j++) d[i, j] -= factor * d[p, j];
            }
        }

        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j < width; j++) pivot[(i * Block) + j] = (float)d[i, j];
        }

        return true;
    }

    /// <summary>
    /// With D the inverted pivot block: rows of the block become D·A with D itself in the block, and every other row
    /// loses its part in the block's columns times those rows.
    /// </summary>
    private static void Sweep(
        float* a, int n, int k, int width, float[] pivot, float[] panel, float[] packed, int threads, CancellationToken cancellationToken)
    {
        fixed (float* d = pivot, rows = panel, b = packed)
        {
            float* pinnedD = d, pinnedRows = rows, pinnedB = b;
            for (int i = 0; i < width; i++)
            {
                float* row = a + ((nint)(k + i) * n);
                for (int j = 0; j < width; j++) row[k + j] = i == j ? 1 : 0;
            }

            Gemm.Pack(a + ((nint)k * n), n, 1, width, n, b);
            Gemm.Multiply(d, Block, 1, b, rows, n, width, width, n, accumulate: false);
            Gemm.Pack(rows, n, 1, width, n, b);
            DeterministicParallel.For(
                n, ChunkRows, threads, () => new float[ChunkRows * Block],
                (from, to, factors) => Eliminate(a, n, k, width, pinnedRows, pinnedB, from, to, factors), cancellationToken);
        }
    }

    private static void Eliminate(float* a, int n, int k, int width, float* rows, float* packed, int from, int to, float[] factors)
    {
        // Chunks and blocks have one size and start, so a chunk is the block's own rows or none of them.
        if (from == k)
        {
            new ReadOnlySpan<float>(rows, width * n).CopyTo(new Span<float>(a + ((nint)k * n), width * n));
            return;
        }

        for (int i = from; i < to; i++)
        {
            float* row = a + ((nint)i * n);
            for (int j = 0; j < width; j++)
            {
                factors[((i - from) * Block) + j] = -row[k + j];
                row[k + j] = 0;
            }
        }

        fixed (float* f = factors)
            Gemm.Multiply(f, Block, 1, packed, a + ((nint)from * n), n, to - from, width, n, accumulate: true);
    }
}
