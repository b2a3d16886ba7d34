namespace VectorSearch.Learn;

/// <summary>Fast Fourier transform of a power of two (Cooley and Tukey, 1965, radix 2, in place), with its tables made once.</summary>
internal sealed class FourierTransform
{
    private readonly int[] _reversed;
    private readonly float[] _cosines, _sines;

    public FourierTransform(int size)
    {
        Size = size;
        _reversed = new int[size];
        for (int n = 1; n < size; n++) _reversed[n] = (_reversed[n >> 1] >> 1) | ((n & 1) * (size >> 1));
        (_cosines, _sines) = (new float[size / 2], new float[size / 2]);
        for (int k = 0; k < size / 2; k++) (_cosines[k], _sines[k]) = ((float)Math.Cos(2 * Math.PI * k / size), (float)Math.Sin(2 * Math.PI * k / size));
    }

    /// <summary>Points.</summary>
    public int Size { get; }

    /// <summary>|X_k|² for k = 0 … size/2 of a real signal.</summary>
    /// <param name="signal">The signal; what lacks to the size counts as zero.</param>
    /// <param name="power">Receives size/2 + 1 values.</param>
    public void Power(ReadOnlySpan<float> signal, Span<float> power)
    {
        Span<float> re = new float[Size], im = new float[Size];
        for (int n = 0; n < signal.Length; n++) re[_reversed[n]] = signal[n];
        for (int half = 1; half < Size; half *= 2)
        {
            int step = Size / (2 * half);
            for (int block = 0; block < Size; block += 2 * half)
            {
                for (int k = 0; k < half; k++)
                {
                    float c = _cosines[k * step], s = -_sines[k * step];
                    int a = block + k, b = a + half;
                    float tr = (re[b] * c) - (im[b] * s), ti = (re[b] * s) + (im[b] * c);
                    (re[b], im[b]) = (re[a] - tr, im[a] - ti);
                    (re[a], im[a]) = (re[a] + tr, im[a] + ti);
                }
            }
        }

        for (int k = 0; k <= Size / 2; k++) power[k] = (re[k] * re[k]) + (im[k] * im[k]);
    }
}
