using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Log-mel spectra (Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word recognition",
/// IEEE TASSP 1980): Hann window, power spectrum, triangular bands evenly spaced on the mel scale 2595 log₁₀(1 + f/700),
/// natural logarithm; and MFCC, their cosine transform. Bands are placed in Hz, so that clips of any sample rate compare.
/// </summary>
internal sealed class LogMelSpectrum(SpectrumOptions options)
{
    private const float Floor = 1e-9f;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, Front> _fronts = [];

    public SpectrumOptions Options => options;

    /// <summary>The frames of a clip from its first loud to its last loud one; frames × bands.</summary>
    public float[][] Frames(AudioClip clip)
    {
        Front front = FrontOf(clip.SampleRate);
        int count = 1 + (Math.Max(0, clip.Samples.Length - front.Window.Length) / front.Hop);
        float[][] frames = new float[count][];
        float[] windowed = new float[front.Window.Length], power = new float[(front.Transform.Size / 2) + 1], loudness = new float[count];
        for (int n = 0; n < count; n++)
        {
            ReadOnlySpan<float> samples = clip.Samples.AsSpan(n * front.Hop);
            int length = Math.Min(samples.Length, windowed.Length);
            Array.Clear(windowed);
            for (int i = 0; i < length; i++) windowed[i] = samples[i] * front.Window[i];
            front.Transform.Power(windowed, power);
            frames[n] = new float[options.Bands];
            for (int band = 0; band < options.Bands; band++)
            {
                float energy = FixedLanes.Dot(power, front.Bands[band]) / front.Window.Length;
                loudness[n] += energy;
                frames[n][band] = VectorFunctions.Log(energy + Floor);
            }
        }

        float threshold = loudness.Max() * (float)Math.Pow(10, -options.SilenceDecibels / 10);
        int first = Array.FindIndex(loudness, value => value >= threshold), last = Array.FindLastIndex(loudness, value => value >= threshold);
        return frames[first..(last + 1)];
    }

    /// <summary>Mel-frequency cepstral coefficients 1 … count of each frame (orthonormal DCT-II; coefficient 0, loudness, is left out).</summary>
    public static float[][] Cepstra(float[][] frames, int count) =>
    [
        .. frames.Select(frame =>
        {
            float[] coefficients = new float[count];
            for (int k = 1; k <= count; k++)
            {
                double sum = 0;
                for (int band = 0; band < frame.Length; band++) sum += frame[band] * Math.Cos(Math.PI * k * (band + 0.5) / frame.Length);
                coefficients[k - 1] = (float)(sum * Math.Sqrt(2.0 / frame.Length));
            }

            return coefficients;
        })
    ];

    private Front FrontOf(int rate)
    {
        lock (_lock)
        {
            if (!_fronts.TryGetValue(rate, out Front? front)) _fronts.Add(rate, front = MakeFront(rate));
            return front;
        }
    }

    private Front MakeFront(int rate)
    {
        float[] window = new float[(int)Math.Round(rate * options.WindowSeconds)];
        for (int n = 0; n < window.Length; n++) window[n] = (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * n / window.Length)));
        int size = 2;
        while (size < window.Length) size *= 2;
        double low = Mel(options.LowestHertz), step = (Mel(options.HighestHertz) - low) / (options.Bands + 1);
        float[][] bands = new float[options.Bands][];
        for (int band = 0; band < bands.Length; band++)
        {
            bands[band] = new float[(size / 2) + 1];
            double sum = 0;
            for (int k = 0; k <= size / 2; k++)
            {
                double from = Math.Abs(Mel((double)k * rate / size) - (low + ((band + 1) * step))) / step;
                bands[band][k] = (float)Math.Max(0, 1 - from);
                sum += bands[band][k];
            }

            // A narrow band may fall between two points of the transform: it then reads the nearest one.
            if (sum > 0) FixedLanes.Scale(bands[band], (float)(1 / sum));
            else bands[band][(int)Math.Round(Hertz(low + ((band + 1) * step)) * size / rate)] = 1;
        }

        return new Front(window, Math.Max(1, (int)Math.Round(rate * options.HopSeconds)), new FourierTransform(size), bands);
    }

    private static double Mel(double hertz) => 2595 * Math.Log10(1 + (hertz / 700));

    private static double Hertz(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);

    private sealed record Front(float[] Window, int Hop, FourierTransform Transform, float[][] Bands);
}
