using VectorSearch.Numerics;

namespace VectorSearch.Server.Bridges;

/// <summary>Dense row-major matrices of some hundred rows: as much of linear algebra as a bridge is fitted with.</summary>
internal static class SmallMatrix
{
    /// <summary>The transpose.</summary>
    /// <param name="matrix">Row-major.</param>
    /// <param name="columns">Its columns.</param>
    public static float[] Transpose(ReadOnlySpan<float> matrix, int columns)
    {
        int rows = matrix.Length / columns;
        float[] turned = new float[matrix.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) turned[(j * rows) + i] = matrix[(i * columns) + j];
        }

        return turned;
    }

    /// <summary>A Bᵀ of two matrices with equally long rows.</summary>
    public static float[] TimesTransposed(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int inner)
    {
        int rows = a.Length / inner, columns = b.Length / inner;
        float[] product = new float[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> row = a.Slice(i * inner, inner);
            for (int j = 0; j < columns; j++) product[(i * columns) + j] = VectorMath.Dot(row, b.Slice(j * inner, inner));
        }

        return product;
    }

    /// <summary>
    /// Solves (G + r I) X = Y for a symmetric, positive semidefinite G by Cholesky's decomposition, in double precision.
    /// </summary>
    /// <param name="gram">G, n × n.</param>
    /// <param name="ridge">r, above 0.</param>
    /// <param name="right">Y, n rows.</param>
    /// <param name="n">Rows.</param>
    /// <returns>X, of the shape of Y.</returns>
    public static float[] SolveRidge(ReadOnlySpan<float> gram, double ridge, ReadOnlySpan<float> right, int n)
    {
        double[] lower = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = gram[(i * n) + j] + (i == j ? ridge : 0);
                for (int k = 0; k < j; k++) sum -= lower[(i * n) + k] * lower[(j * n) + k];
                lower[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, ridge * 1e-6)) : sum / lower[(j * n) + j];
            }
        }

        int columns = right.Length / n;
        float[] solved = new float[right.Length];
        double[] x = new double[n];
        for (int column = 0; column < columns; column++)
        {
            for (int i = 0; i < n; i++)
            {
                double sum = right[(i * columns) + column];
                for (int k = 0; k < i; k++) sum -= lower[(i * n) + k] * x[k];
                x[i] = sum / lower[(i * n) + i];
            }

            for (int i = n - 1; i >= 0; i--)
            {
                double sum = x[i];
                for (int k = i + 1; k < n; k++) sum -= lower[(k * n) + i] * x[k];
                x[i] = sum / lower[(i * n) + i];
                solved[(i * columns) + column] = (float)x[i];
            }
        }

        return solved;
    }

    /// <summary>Mean of the diagonal.</summary>
    public static double MeanDiagonal(ReadOnlySpan<float> matrix, int n)
    {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += matrix[(i * n) + i];
        return sum / n;
    }
}
