using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>What a dense layer does to its sums.</summary>
internal enum Activation
{
    /// <summary>Nothing.</summary>
    Identity = 0,

    /// <summary>max(0, x).</summary>
    Relu = 1,

    /// <summary>tanh x.</summary>
    Tanh = 2,
}

/// <summary>y = f(Wx + b), with W out × in. Every product is one chain of multiply-adds, so a batch of one and a batch of many agree to the bit.</summary>
internal sealed unsafe class DenseLayer(Parameter weight, Parameter bias, Activation activation, int threads)
{
    private const int Chunk = 16;
    private float[] _input = [], _output = [], _packed = [];

    /// <summary>W and b.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [weight, bias];

    /// <summary>Padded width of the output.</summary>
    public int OutputStride => bias.Stride;

    /// <summary>Outputs of a batch; keeps what the way back needs.</summary>
    public float[] Forward(float[] input, int batch)
    {
        _input = input;
        _output = new float[batch * OutputStride];
        // The columns of Wᵀ are the rows of W.
        Multiply(input, weight.Stride, 1, batch, weight.Columns, weight.Value, 1, weight.Stride, weight.Rows, _output, OutputStride);
        DeterministicParallel.For(batch, Chunk, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                Span<float> row = _output.AsSpan(n * OutputStride, weight.Rows);
                FixedLanes.Add(row, 1, bias.Table[0]);
                Activate(row);
            }
        });
        return _output;
    }

    /// <summary>From the gradient of the outputs to that of the inputs; leaves those of W and b.</summary>
    public float[] Backward(float[] gradient, int batch)
    {
        for (int at = 0; at < batch * OutputStride; at++) gradient[at] *= Slope(_output[at]);
        float[] inputGradient = new float[batch * weight.Stride];
        Multiply(gradient, OutputStride, 1, batch, weight.Rows, weight.Value, weight.Stride, 1, weight.Columns, inputGradient, weight.Stride);
        Multiply(gradient, 1, OutputStride, weight.Rows, batch, _input, weight.Stride, 1, weight.Columns, weight.Gradient, weight.Stride);
        for (int n = 0; n < batch; n++) FixedLanes.Add(bias.Gradient.AsSpan(0, bias.Stride), 1, gradient.AsSpan(n * OutputStride, bias.Stride));
        return inputGradient;
    }

    private void Activate(Span<float> row)
    {
        if (activation == Activation.Relu)
        {
            foreach (ref float x in row) x = Math.Max(0, x);
        }
        else if (activation == Activation.Tanh)
        {
            foreach (ref float x in row) x = 1 - (2 / (1 + VectorFunctions.Exp(2 * x)));
        }
    }

    /// <summary>The slope from the value: of max(0, x) it is 1 where that is above 0, of tanh it is 1 − y².</summary>
    private float Slope(float output) => activation switch
    {
        Activation.Relu => output > 0 ? 1 : 0,
        Activation.Tanh => 1 - (output * output),
        _ => 1,
    };

    private void Multiply(
        float[] a, nint aRow, nint aColumn, int rows, int inner, float[] b, nint bRow, nint bColumn, int columns, float[] c, int cStride)
    {
        long length = Gemm.PackedLength(columns, inner);
        if (_packed.Length < length) _packed = new float[length];
        fixed (float* pa = a, pb = b, pc = c, pp = _packed)
        {
            float* a0 = pa, c0 = pc, packed = pp;
            Gemm.Pack(pb, bRow, bColumn, inner, columns, packed);
            DeterministicParallel.For(rows, Chunk, threads, (from, to) => Gemm.Multiply(
                a0 + (from * aRow), aRow, aColumn, packed, c0 + ((nint)from * cStride), cStride, to - from, inner, columns, accumulate: false));
        }
    }
}
