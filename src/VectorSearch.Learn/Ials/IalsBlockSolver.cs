using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The row update of iALS++ (Rendle, Krichene, Zhang and Koren, "iALS++: Speeding up Matrix Factorization with Subspace
/// Optimization", 2021, section 4): instead of solving a row whole, solves one block π of its coordinates after another, the
/// others held fast, x_π ← x_π − (α₀ VᵀV + Σ vvᵀ + λ' I)_ππ⁻¹ ∇_π with ∇ = Σ (x·v − 1) v + α₀ VᵀV x + λ' x over the watched rows v
/// and λ' = λ (n + α₀ N)^ν. A sweep over all blocks costs O(n d b + d² + d b²) with blocks of b, a whole solve O(n d² + d³);
/// both have the same fixed point. Holds the working memory of one thread.
/// </summary>
internal sealed unsafe class IalsBlockSolver
{
    private const int PackedRows = 64;

    private readonly int _dimension, _block;
    private readonly float[] _matrix, _packed, _right;
    private float[] _errors = [];

    public IalsBlockSolver(int dimension, int block)
    {
        (_dimension, _block) = (dimension, block);
        int stride = NormalEquations.Stride(block);
        _matrix = new float[stride * stride];
        _packed = new float[PackedRows * stride];
        _right = new float[stride];
    }

    /// <summary>One sweep over all blocks of a row.</summary>
    /// <param name="other">The other side's vectors.</param>
    /// <param name="gram">α₀ VᵀV, both triangles.</param>
    /// <param name="ridge">λ'.</param>
    /// <param name="rows">The watched rows.</param>
    /// <param name="solved">The table of the row.</param>
    /// <param name="row">The row; where the last sweep left it.</param>
    /// <returns>The squared error on the watched rows and the penalties, after the sweep.</returns>
    public double Sweep(VectorTable other, float[] gram, double ridge, ReadOnlySpan<int> rows, VectorTable solved, int row)
    {
        int stride = other.Stride;
        if (_errors.Length < rows.Length) _errors = new float[rows.Length * 2];
        fixed (float* v = other.Values, g = gram, x = &solved.Values[(long)row * stride])
        {
            for (int n = 0; n < rows.Length; n++) _errors[n] = FixedLanes.Dot(x, v + ((nint)rows[n] * stride), stride) - 1;
            for (int at = 0; at < _dimension; at += _block) SolveBlock(v, g, x, (float)ridge, rows, stride, at, Math.Min(_block, _dimension - at));
            double loss = ridge * FixedLanes.Dot(x, x, stride);
            for (int i = 0; i < _dimension; i++) loss += (double)x[i] * FixedLanes.Dot(g + ((nint)i * stride), x, stride);
            for (int n = 0; n < rows.Length; n++) loss += (double)_errors[n] * _errors[n];
            return loss;
        }
    }

    private void SolveBlock(float* v, float* gram, float* x, float ridge, ReadOnlySpan<int> rows, int stride, int at, int size)
    {
        int blockStride = NormalEquations.Stride(size);
        fixed (float* matrix = _matrix, packed = _packed, right = _right)
        {
            new Span<float>(matrix, blockStride * blockStride).Clear();
            new Span<float>(right, blockStride).Clear();
            for (int i = 0; i < size; i++)
            {
                float* row = gram + ((nint)(at + i) * stride);
                new Span<float>(row + at, size).CopyTo(new Span<float>(matrix + (i * blockStride), size));
                matrix[(i * blockStride) + i] += ridge;
                right[i] = -(FixedLanes.Dot(row, x, stride) + (ridge * x[at + i]));
            }

            for (int from = 0; from < rows.Length; from += PackedRows)
            {
                int count = Math.Min(PackedRows, rows.Length - from);
                Pack(v + at, rows.Slice(from, count), _errors.AsSpan(from, count), stride, size, blockStride, packed, right);
                NormalEquations.AddGram(packed, count, blockStride, matrix);
            }

            if (!NormalEquations.TryFactor(matrix, size, blockStride))
            {
                throw new LearningException(
                    $"The normal equations of coordinates {at}…{at + size - 1} of a row with {rows.Length} interactions are not positive definite " +
                    $"(ridge {ridge:g3}): raise Regularisation or lower InitialDeviation.");
            }

            NormalEquations.Solve(matrix, size, blockStride, right);
            FixedLanes.Add(x + at, 1, right, size);
            for (int n = 0; n < rows.Length; n++) _errors[n] += FixedLanes.Dot(right, v + ((nint)rows[n] * stride) + at, size);
        }
    }

    /// <summary>Copies the block of some watched rows, padded with zeros, and adds −(x·v − 1) v to the right-hand side.</summary>
    private static void Pack(float* v, ReadOnlySpan<int> rows, ReadOnlySpan<float> errors, int stride, int size, int blockStride, float* packed, float* right)
    {
        for (int n = 0; n < rows.Length; n++)
        {
            float* to = packed + (n * blockStride);
            new Span<float>(v + ((nint)rows[n] * stride), size).CopyTo(new Span<float>(to, size));
            new Span<float>(to + size, blockStride - size).Clear();
            FixedLanes.Add(right, -errors[n], to, blockStride);
        }
    }
}
