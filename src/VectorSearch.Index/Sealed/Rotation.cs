using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// The map codes are made in: the mean is taken off and a random rotation spreads what is left evenly over the coordinates,
/// which is what makes a code of few equal bits unbiased and its error predictable (Gao and Long, "RaBitQ", SIGMOD 2024,
/// section 3.1.2). Up to <see cref="MaxDense"/> coordinates it is a dense orthogonal matrix; beyond, four rounds of random
/// signs and a Hadamard transform, over the first and the last coordinates in turn, at a fraction of the cost.
/// </summary>
/// <remarks>
/// Keeping only leading principal axes was tried: on images it saved codes, but reading the axes cost more time than the
/// whole scan, and what they leave out biased the estimates of the nearest rows.
/// </remarks>
internal sealed unsafe class Rotation : IDisposable
{
    /// <summary>
    /// Most coordinates that are rotated by a matrix. At 128 reading the matrix took a fourteenth of a search, and the
    /// transforms take a tenth of that at the same recall; below some fifty coordinates they mix too few.
    /// </summary>
    public const int MaxDense = 48;

    private const int Rounds = 4;
    private readonly RowMatrix<float>? _matrix;
    private readonly float[] _offset;

    /// <summary>Signs a round, and the scale of the transform where it is applied.</summary>
    private readonly float[][] _signs = [];
    private readonly int _power;

    /// <summary>Draws a rotation; the seed decides all of it.</summary>
    /// <param name="mean">What is taken off; its length is that of the vectors.</param>
    /// <param name="output">Coordinates that are kept, at most that length.</param>
    /// <param name="seed">The seed.</param>
    public Rotation(float[] mean, int output, ulong seed)
    {
        Mean = mean;
        Output = output;
        _offset = new float[output];
        var random = new Xoshiro256(seed, 0xA2);
        if (mean.Length <= MaxDense)
        {
            _matrix = RandomOrthogonal(mean.Length, output, ref random);
            fixed (float* m = mean)
                for (var i = 0; i < output; i++) _offset[i] = VectorMath.Dot(_matrix.Data + ((long)i * Input), m, Input);
            return;
        }

        _power = 1 << System.Numerics.BitOperations.Log2((uint)mean.Length);
        _signs = new float[Rounds][];
        var scale = 1 / MathF.Sqrt(_power);
        for (var round = 0; round < Rounds; round++)
        {
            _signs[round] = new float[mean.Length];
            for (var j = 0; j < mean.Length; j++)
            {
                var transformed = j >= Start(round) && j < Start(round) + _power;
                _signs[round][j] = ((random.NextUInt64() & 1) == 0 ? 1 : -1) * (transformed ? scale : 1);
            }
        }
    }

    /// <summary>Length of what goes in.</summary>
    public int Input => Mean.Length;

    /// <summary>Length of what comes out.</summary>
    public int Output { get; }

    /// <summary>What is taken off.</summary>
    public float[] Mean { get; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (_matrix?.Bytes ?? (long)Rounds * Input * sizeof(float)) + ((long)Input * sizeof(float));

    /// <summary>Rotates one vector.</summary>
    /// <param name="x">Input floats.</param>
    /// <param name="y">Receives Output floats; has room for <see cref="Input"/>.</param>
    public void Apply(float* x, float* y)
    {
        if (_matrix is not null)
        {
            var axis = _matrix.Data;
            for (var i = 0; i < _offset.Length; i++, axis += Input) y[i] = VectorMath.Dot(axis, x, Input) - _offset[i];
            return;
        }

        fixed (float* mean = Mean) HadamardTransform.Shift(x, mean, y, Input);
        for (var round = 0; round < Rounds; round++)
        {
            var start = Start(round);
            var (rest, restLength) = (start == 0 ? _power : 0, Input - _power);
            fixed (float* signs = _signs[round])
            {
                HadamardTransform.FlipSigns(y + rest, signs + rest, restLength);
                HadamardTransform.Apply(y + start, signs + start, _power);
            }
        }
    }

    /// <summary>Where the coordinates begin that a round transforms.</summary>
    private int Start(int round) => (round & 1) == 0 ? 0 : Input - _power;

    /// <inheritdoc/>
    public void Dispose() => _matrix?.Dispose();

    private static RowMatrix<float> RandomOrthogonal(int n, int rows, ref Xoshiro256 random)
    {
        var q = new double[rows * n];
        for (var i = 0; i < q.Length; i++) q[i] = random.NextGaussian();
        Orthonormalise(q, rows, n);
        var matrix = new RowMatrix<float>(rows, n);
        for (var i = 0; i < q.Length; i++) matrix.Data[i] = (float)q[i];
        return matrix;
    }

    /// <summary>Modified Gram–Schmidt, twice, which is orthogonal to rounding (Giraud et al., 2005).</summary>
    private static void Orthonormalise(double[] q, int rows, int n)
    {
        for (var i = 0; i < rows; i++)
        {
            var row = q.AsSpan(i * n, n);
            for (var pass = 0; pass < 2; pass++)
            {
                for (var k = 0; k < i; k++)
                {
                    var earlier = q.AsSpan(k * n, n);
                    var along = 0.0;
                    for (var j = 0; j < n; j++) along += row[j] * earlier[j];
                    for (var j = 0; j < n; j++) row[j] -= along * earlier[j];
                }
            }

            var norm = 0.0;
            foreach (var value in row) norm += value * value;
            norm = Math.Sqrt(norm);
            for (var j = 0; j < n; j++) row[j] /= norm;
        }
    }
}
