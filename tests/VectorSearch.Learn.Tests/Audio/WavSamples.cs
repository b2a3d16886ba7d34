using System.Buffers.Binary;

namespace VectorSearch.Learn.Tests.Audio;

/// <summary>WAV files made for tests.</summary>
internal static class WavSamples
{
    public static int Length(int rate) => rate / 4;

    /// <summary>A quarter of a second of a tone whose pitch glides from one frequency to another.</summary>
    public static byte[] Sine(int bits, int rate, int channels, float loudness, double from = 500, double to = 500)
    {
        int frames = Length(rate), bytes = bits / 8;
        byte[] data = new byte[frames * bytes * channels];
        for (int n = 0; n < frames; n++)
        {
            double part = (double)n / frames, seconds = (double)n / rate;
            float value = loudness * (float)Math.Sin(2 * Math.PI * seconds * (from + ((to - from) * part / 2)));
            for (int channel = 0; channel < channels; channel++) Put(data.AsSpan(((n * channels) + channel) * bytes, bytes), value);
        }

        byte[] header = new byte[44];
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), 36 + data.Length);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(22), (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), rate * channels * bytes);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(32), (short)(channels * bytes));
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(34), (short)bits);
        "data"u8.CopyTo(header.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40), data.Length);
        return [.. header, .. data];
    }

    private static void Put(Span<byte> to, float value)
    {
        if (to.Length == 1)
        {
            to[0] = (byte)Math.Clamp(128 + (int)Math.Round(value * 127), 0, 255);
            return;
        }

        int whole = (int)(value * 2147480000.0);
        for (int n = 0; n < to.Length; n++) to[n] = (byte)(whole >> (8 * (4 - to.Length + n)));
    }
}
