using System.Runtime.InteropServices;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// The one row solve of iALS, used by training and by folding in alike, which is why a folded-in vector equals the one
/// that training would give against the same other side:
/// (α₀ VᵀV + Σ w vvᵀ + λ (Σw + α₀ N)^ν I) x = Σ w v, over the watched rows v of V with weights w, N the rows of V.
/// Holds the working memory of one thread.
/// </summary>
internal sealed unsafe class IalsSolver : IDisposable
{
    private const int PackedRows = 64;
    private const nuint Alignment = 64;

    private readonly float* _matrix;
    private readonly float* _packed;
    private readonly float* _right;
    private readonly float[] _rightBefore;
    private readonly int _dimension, _stride;

    public IalsSolver(int dimension)
    {
        _dimension = dimension;
        _stride = NormalEquations.Stride(dimension);
        _matrix = Allocate((long)_stride * _stride);
        _packed = Allocate((long)PackedRows * _stride);
        _right = Allocate(_stride);
        _rightBefore = new float[dimension];
    }

    ~IalsSolver() => Free();

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Solves for one row.</summary>
    /// <param name="other">The other side's vectors.</param>
    /// <param name="gram">α₀ VᵀV, stride × stride.</param>
    /// <param name="ridge">λ (Σw + α₀ N)^ν.</param>
    /// <param name="rows">The watched rows.</param>
    /// <param name="weights">Their weights; empty for 1 each.</param>
    /// <param name="result">Receives the vector.</param>
    /// <returns>Σw − x·b: the squared error on the watched rows and the penalties, at the optimum.</returns>
    public double Solve(
        VectorTable other, float[] gram, double ridge, ReadOnlySpan<int> rows, ReadOnlySpan<float> weights, Span<float> result)
    {
        Span<float> matrix = new(_matrix, _stride * _stride);
        Span<float> right = new(_right, _stride);
        gram.CopyTo(matrix);
        right.Clear();
        double total = 0;
        for (int at = 0; at < rows.Length; at += PackedRows)
        {
            int count = Math.Min(PackedRows, rows.Length - at);
            for (int n = 0; n < count; n++) total += Pack(other, rows[at + n], weights.IsEmpty ? 1 : weights[at + n], n);
            NormalEquations.AddGram(_packed, count, _stride, _matrix);
        }

        for (int i = 0; i < _dimension; i++) _matrix[((nint)i * _stride) + i] += (float)ridge;
        if (!NormalEquations.TryFactor(_matrix, _dimension, _stride))
        {
            throw new LearningException(
                $"The normal equations of a row with {rows.Length} interactions are not positive definite (ridge {ridge:g3}): " +
                "raise Regularisation or lower InitialDeviation.");
        }

        right[.._dimension].CopyTo(_rightBefore);
        NormalEquations.Solve(_matrix, _dimension, _stride, _right);
        right[.._dimension].CopyTo(result);
        double loss = total;
        for (int i = 0; i < _dimension; i++) loss -= (double)_rightBefore[i] * result[i];
        return loss;
    }

    /// <summary>Copies √w v into the block of packed rows and adds w v to the right-hand side.</summary>
    private double Pack(VectorTable other, int row, float weight, int at)
    {
        fixed (float* values = other.Values)
        {
            float* v = values + ((nint)row * _stride);
            float* packed = _packed + ((nint)at * _stride);
            FixedLanes.Add(_right, weight, v, _stride);
            float root = MathF.Sqrt(weight);
            for (int i = 0; i < _stride; i++) packed[i] = root * v[i];
        }

        return weight;
    }

    private static float* Allocate(long floats)
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)(floats * sizeof(float)), Alignment);
        NativeMemory.Clear(memory, (nuint)(floats * sizeof(float)));
        return memory;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_matrix);
        NativeMemory.AlignedFree(_packed);
        NativeMemory.AlignedFree(_right);
    }
}
