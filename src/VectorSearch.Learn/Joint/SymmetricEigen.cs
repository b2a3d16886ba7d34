using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>The principal axes of one view, each divided by its shrunk deviation.</summary>
internal sealed class Whitening
{
    private readonly VectorTable _axes;

    private Whitening(VectorTable axes) => _axes = axes;

    /// <summary>Finds the axes of rows whose mean is zero.</summary>
    public static Whitening Of(VectorTable rows, int count, double penalty, int threads)
    {
        (VectorTable left, double[] squares) = SymmetricEigen.Greatest(SymmetricEigen.Gram(rows, threads), rows.Rows, count, threads);
        VectorTable axes = new(count, rows.Dimension);
        double ridge = penalty * squares.Average();
        for (int a = 0; a < count; a++)
        {
            // Axis = rowsᵀ·left/s; a point on it, divided by √(s² + λ), is of about unit length.
            for (int n = 0; n < rows.Rows; n++) FixedLanes.Add(axes.Writable(a), left[a][n], rows[n]);
            FixedLanes.Scale(axes.Writable(a), (float)(1 / Math.Sqrt(Math.Max(1e-12, squares[a]) * (Math.Max(0, squares[a]) + ridge + 1e-12))));
        }

        return new Whitening(axes);
    }

    /// <summary>Rows on the axes.</summary>
    public VectorTable Apply(VectorTable rows, int threads)
    {
        VectorTable mapped = new(rows.Rows, _axes.Rows);
        DeterministicParallel.For(rows.Rows, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                for (int a = 0; a < _axes.Rows; a++) mapped.Writable(n)[a] = FixedLanes.Dot(rows[n], _axes[a]);
            }
        });
        return mapped;
    }
}

/// <summary>Dense products and eigenvectors for the baselines of a joint space.</summary>
internal static unsafe class SymmetricEigen
{
    private const int Iterations = 12, Sweeps = 30, Chunk = 16;

    /// <summary>Inner products of all rows with each other, row-major.</summary>
    public static float[] Gram(VectorTable rows, int threads) => Products(rows, rows, threads);

    /// <summary>Inner products of rows a with rows b, row-major.</summary>
    public static float[] Products(VectorTable a, VectorTable b, int threads)
    {
        float[] products = new float[(long)a.Rows * b.Rows], packed = new float[Gemm.PackedLength(b.Rows, a.Dimension)];
        fixed (float* pa = a.Values, pb = b.Values, pc = products, pp = packed)
        {
            float* x = pa, c = pc, y = pp;
            Gemm.Pack(pb, 1, b.Stride, a.Dimension, b.Rows, y);
            DeterministicParallel.For(a.Rows, Chunk, threads, (from, to) => Gemm.Multiply(
                x + ((nint)from * a.Stride), a.Stride, 1, y, c + ((nint)from * b.Rows), b.Rows, to - from, a.Dimension, b.Rows, accumulate: false));
        }

        return products;
    }

    /// <summary>A matrix of m × n, row-major, times a table of n rows.</summary>
    public static VectorTable Multiply(float[] matrix, int n, VectorTable rows, int threads)
    {
        VectorTable product = new(matrix.Length / n, rows.Dimension);
        float[] packed = new float[Gemm.PackedLength(rows.Stride, n)];
        fixed (float* pa = matrix, pb = rows.Values, pc = product.Values, pp = packed)
        {
            float* x = pa, c = pc, y = pp;
            Gemm.Pack(pb, rows.Stride, 1, n, rows.Stride, y);
            DeterministicParallel.For(product.Rows, Chunk, threads, (from, to) => Gemm.Multiply(
                x + ((nint)from * n), n, 1, y, c + ((nint)from * rows.Stride), rows.Stride, to - from, n, rows.Stride, accumulate: false));
        }

        return product;
    }

    /// <summary>The greatest eigenvalues of a symmetric matrix with their unit vectors, by orthogonal iteration with Rayleigh quotients.</summary>
    public static (VectorTable Vectors, double[] Values) Greatest(float[] matrix, int n, int count, int threads)
    {
        VectorTable block = new(n, count);
        Xoshiro256 random = new(1, 0x5715);
        for (int i = 0; i < n; i++)
        {
            foreach (ref float value in block.Writable(i)) value = random.NextNormal();
        }

        double[] values = [];
        for (int step = 0; step < Iterations; step++)
        {
            Orthogonalise(block);
            VectorTable next = Multiply(matrix, n, block, threads);
            double[,] small = new double[count, count];
            for (int i = 0; i < n; i++)
            {
                for (int a = 0; a < count; a++)
                {
                    for (int b = 0; b < count; b++) small[a, b] += (double)block[i][a] * next[i][b];
                }
            }

            (double[,] turn, values) = Jacobi(small);
            block = Map(step == Iterations - 1 ? block : next, ToTable(turn));
        }

        VectorTable vectors = new(count, n);
        for (int i = 0; i < n; i++)
        {
            for (int a = 0; a < count; a++) vectors.Writable(a)[i] = block[i][a];
        }

        return (vectors, values);
    }

    /// <summary>Turns of two views, given as rows of the same examples, so that their coordinates agree, each weighed by its correlation.</summary>
    public static (VectorTable Left, VectorTable Right) Agreement(VectorTable a, VectorTable b)
    {
        int width = Math.Min(a.Dimension, b.Dimension);
        double[,] cross = new double[a.Dimension, b.Dimension];
        for (int n = 0; n < a.Rows; n++)
        {
            for (int i = 0; i < a.Dimension; i++)
            {
                for (int j = 0; j < b.Dimension; j++) cross[i, j] += (double)a[n][i] * b[n][j];
            }
        }

        double[,] square = new double[a.Dimension, a.Dimension];
        for (int i = 0; i < a.Dimension; i++)
        {
            for (int k = 0; k < a.Dimension; k++)
            {
                for (int j = 0; j < b.Dimension; j++) square[i, k] += cross[i, j] * cross[k, j];
            }
        }

        (double[,] turn, double[] values) = Jacobi(square);
        VectorTable left = new(width, a.Dimension), right = new(width, b.Dimension);
        for (int axis = 0; axis < width; axis++)
        {
            double correlation = Math.Sqrt(Math.Max(1e-12, values[axis]));
            for (int i = 0; i < a.Dimension; i++)
            {
                left.Writable(axis)[i] = (float)(turn[i, axis] * Math.Sqrt(correlation));
                for (int j = 0; j < b.Dimension; j++) right.Writable(axis)[j] += (float)(cross[i, j] * turn[i, axis] / correlation * Math.Sqrt(correlation));
            }
        }

        return (left, right);
    }

    /// <summary>Each row's inner products with the rows of a map.</summary>
    public static VectorTable Map(VectorTable rows, VectorTable map)
    {
        VectorTable mapped = new(rows.Rows, map.Rows);
        for (int n = 0; n < rows.Rows; n++)
        {
            for (int a = 0; a < map.Rows; a++) mapped.Writable(n)[a] = FixedLanes.Dot(rows[n], map[a]);
        }

        return mapped;
    }

    /// <summary>Columns to rows.</summary>
    private static VectorTable ToTable(double[,] columns)
    {
        VectorTable table = new(columns.GetLength(1), columns.GetLength(0));
        for (int a = 0; a < table.Rows; a++)
        {
            for (int i = 0; i < table.Dimension; i++) table.Writable(a)[i] = (float)columns[i, a];
        }

        return table;
    }

    /// <summary>Modified Gram–Schmidt on the columns.</summary>
    private static void Orthogonalise(VectorTable block)
    {
        double[][] columns = [.. Enumerable.Range(0, block.Dimension).Select(a => Enumerable.Range(0, block.Rows).Select(i => (double)block[i][a]).ToArray())];
        for (int a = 0; a < columns.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                double along = Dot(columns[a], columns[b]);
                for (int i = 0; i < columns[a].Length; i++) columns[a][i] -= along * columns[b][i];
            }

            double norm = Math.Sqrt(Dot(columns[a], columns[a]));
            for (int i = 0; i < columns[a].Length; i++) block.Writable(i)[a] = (float)(columns[a][i] /= norm + 1e-30);
        }
    }

    /// <summary>All eigenvalues of a small symmetric matrix, falling, with their vectors in columns (cyclic Jacobi; Golub and Van Loan, section 8.5).</summary>
    private static (double[,] Vectors, double[] Values) Jacobi(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] vectors = new double[n, n];
        for (int i = 0; i < n; i++) vectors[i, i] = 1;
        for (int sweep = 0; sweep < Sweeps; sweep++)
        {
            double off = 0, on = 0;
            for (int p = 0; p < n; p++)
            {
                on += matrix[p, p] * matrix[p, p];
                for (int q = p + 1; q < n; q++) off += matrix[p, q] * matrix[p, q];
            }

            if (off <= 1e-20 * on) break;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++) Rotate(matrix, vectors, p, q, n);
            }
        }

        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => matrix[i, i])];
        double[,] sorted = new double[n, n];
        for (int a = 0; a < n; a++)
        {
            for (int i = 0; i < n; i++) sorted[i, a] = vectors[i, order[a]];
        }

        return (sorted, [.. order.Select(i => matrix[i, i])]);
    }

    private static void Rotate(double[,] matrix, double[,] vectors, int p, int q, int n)
    {
        if (Math.Abs(matrix[p, q]) < 1e-300) return;
        double theta = (matrix[q, q] - matrix[p, p]) / (2 * matrix[p, q]);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1)), c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        for (int k = 0; k < n; k++) (matrix[k, p], matrix[k, q]) = ((c * matrix[k, p]) - (s * matrix[k, q]), (s * matrix[k, p]) + (c * matrix[k, q]));
        for (int k = 0; k < n; k++) (matrix[p, k], matrix[q, k]) = ((c * matrix[p, k]) - (s * matrix[q, k]), (s * matrix[p, k]) + (c * matrix[q, k]));
        for (int k = 0; k < n; k++) (vectors[k, p], vectors[k, q]) = ((c * vectors[k, p]) - (s * vectors[k, q]), (s * vectors[k, p]) + (c * vectors[k, q]));
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int n = 0; n < a.Length; n++) sum += a[n] * b[n];
        return sum;
    }
}
