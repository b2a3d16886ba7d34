using VectorSearch.Numerics;

namespace VectorSearch.Server.Bridges;

/// <summary>
/// The nearest matrix with orthonormal columns (or rows, where there are fewer): U Vᵀ of the singular value decomposition
/// U S Vᵀ, found without one by the Newton–Schulz iteration X ← 1.5 X − 0.5 X Xᵀ X (Higham, <i>Functions of Matrices</i>,
/// 2008, eq. 8.36). It needs nothing but products, and takes any shape.
/// </summary>
internal static class PolarFactor
{
    /// <summary>A singular value that is a millionth of the greatest has come near 1 by then.</summary>
    private const int MaxIterations = 60;

    private const double Settled = 1e-5;

    /// <summary>Finds the factor.</summary>
    /// <param name="matrix">Row-major; left as it is.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="cancellation">Stops between iterations.</param>
    /// <returns>The factor, of the same shape; zeros for a zero matrix.</returns>
    public static float[] Of(ReadOnlySpan<float> matrix, int columns, CancellationToken cancellation)
    {
        int rows = matrix.Length / columns;
        if (rows > columns) return SmallMatrix.Transpose(Of(SmallMatrix.Transpose(matrix, columns), rows, cancellation), rows);
        float[] x = matrix.ToArray();
        double norm = Math.Sqrt(VectorMath.NormSquaredDouble(x));
        if (norm == 0) return x;
        VectorMath.Scale((float)(1 / norm), x); // no singular value above 1, as the iteration needs
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            float[] gram = SmallMatrix.TimesTransposed(x, x, columns); // X Xᵀ, the smaller of the two squares
            double off = 0;
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < rows; j++) off = Math.Max(off, Math.Abs(gram[(i * rows) + j] - (i == j ? 1 : 0)));
            }

            if (off < Settled) break;
            float[] cubic = SmallMatrix.TimesTransposed(gram, SmallMatrix.Transpose(x, columns), rows);
            for (int i = 0; i < x.Length; i++) x[i] = (1.5f * x[i]) - (0.5f * cubic[i]);
        }

        return x;
    }
}
