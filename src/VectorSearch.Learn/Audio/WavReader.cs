using System.Buffers.Binary;

namespace VectorSearch.Learn;

/// <summary>A clip of sound: one channel, samples within −1 and 1.</summary>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Samples">The samples.</param>
public sealed record AudioClip(int SampleRate, float[] Samples);

/// <summary>
/// Reads RIFF WAVE (Microsoft and IBM, Multimedia Programming Interface 1.0, 1991): PCM of 8, 16, 24 or 32 bits and
/// 32-bit floats, also in the extensible form. Several channels are mixed down to their mean.
/// </summary>
public static class WavReader
{
    /// <summary>Lowest sample rate read.</summary>
    public const int MinSampleRate = 8_000;

    /// <summary>Highest sample rate read.</summary>
    public const int MaxSampleRate = 48_000;

    /// <summary>Most channels read.</summary>
    public const int MaxChannels = 32;

    /// <summary>A clip whose loudest sample is below this is silent: a fortieth of the step of 16 bits.</summary>
    private const float SilentPeak = 1e-6f;

    private const int Pcm = 1, Float = 3, Extensible = 0xfffe;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFormatException">The file is no WAV, is cut short, silent, or of a form that is not read; names the file.</exception>
    public static AudioClip Read(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in an error.</param>
    /// <exception cref="DataFormatException">As of the other form.</exception>
    public static AudioClip Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length < 12 || !bytes[..4].SequenceEqual("RIFF"u8) || !bytes.Slice(8, 4).SequenceEqual("WAVE"u8))
            throw new DataFormatException(name, 0, 0, "this is no WAV file: expected RIFF … WAVE at its beginning.");
        WavFormat? format = null;
        int at = 12;
        while (at + 8 <= bytes.Length)
        {
            ReadOnlySpan<byte> chunk = bytes.Slice(at, 4);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            at += 8;
            bool isData = chunk.SequenceEqual("data"u8);
            if (length > bytes.Length - at)
            {
                string what = isData ? "sound" : "a chunk";
                throw new DataFormatException(name, 0, 0, $"the file is truncated: {what} of {length} bytes announced, {bytes.Length - at} are there.");
            }

            if (chunk.SequenceEqual("fmt "u8)) format = ReadFormat(bytes.Slice(at, (int)length), name);
            if (isData)
            {
                return Decode(
                    bytes.Slice(at, (int)length), format ?? throw new DataFormatException(name, 0, 0, "the sound comes before its format."), name);
            }

            // Chunks begin at even offsets.
            at += (int)Math.Min(length + (length & 1), bytes.Length - at);
        }

        throw new DataFormatException(name, 0, 0, "the file is truncated: no sound (data chunk) in it.");
    }

    private static WavFormat ReadFormat(ReadOnlySpan<byte> chunk, string name)
    {
        if (chunk.Length < 16) throw new DataFormatException(name, 0, 0, $"a format of {chunk.Length} bytes: expected at least 16.");
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk), bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (kind == Extensible && chunk.Length >= 26) kind = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        long rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        if (channels is 0 or > MaxChannels) throw new DataFormatException(name, 0, 0, $"{channels} channels: expected 1 to {MaxChannels}.");
        if (rate is < MinSampleRate or > MaxSampleRate)
            throw new DataFormatException(name, 0, 0, $"{rate} samples a second: expected {MinSampleRate} to {MaxSampleRate}.");
        if (!(kind == Pcm && bits is 8 or 16 or 24 or 32) && !(kind == Float && bits == 32))
            throw new DataFormatException(name, 0, 0, $"coding {kind} with {bits} bits: expected PCM of 8, 16, 24 or 32 bits, or floats of 32.");
        return new WavFormat(kind == Float, bits / 8, channels, (int)rate);
    }

    private static AudioClip Decode(ReadOnlySpan<byte> data, WavFormat format, string name)
    {
        int frame = format.Bytes * format.Channels;
        if (data.Length % frame != 0)
            throw new DataFormatException(name, 0, 0, $"the file is truncated: {data.Length} bytes of sound are no whole number of {frame}-byte frames.");
        float[] samples = new float[data.Length / frame];
        float peak = 0;
        for (int n = 0; n < samples.Length; n++)
        {
            float sum = 0;
            for (int channel = 0; channel < format.Channels; channel++) sum += Sample(data.Slice((n * frame) + (channel * format.Bytes), format.Bytes), format.IsFloat);
            samples[n] = sum / format.Channels;
            if (!float.IsFinite(samples[n])) throw new DataFormatException(name, 0, 0, $"sample {n} is {samples[n]}.");
            peak = Math.Max(peak, Math.Abs(samples[n]));
        }

        if (samples.Length == 0) throw new DataFormatException(name, 0, 0, "the clip has no samples.");
        if (peak < SilentPeak) throw new DataFormatException(name, 0, 0, $"the clip is silent: its loudest of {samples.Length} samples is {peak}.");
        return new AudioClip(format.SampleRate, samples);
    }

    private static float Sample(ReadOnlySpan<byte> bytes, bool isFloat) => bytes.Length switch
    {
        1 => (bytes[0] - 128) / 128f,
        2 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        3 => ((bytes[0] << 8) | (bytes[1] << 16) | (bytes[2] << 24)) / 2147483648f,
        _ => isFloat ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
    };

    private sealed record WavFormat(bool IsFloat, int Bytes, int Channels, int SampleRate);
}
