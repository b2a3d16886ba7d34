using System.Buffers.Binary;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Audio;

public sealed class WavReaderTests
{
    private const float Tone = 0.5f;

    [Theory]
    [InlineData(8, 8_000, 1)]
    [InlineData(16, 16_000, 2)]
    [InlineData(24, 44_100, 1)]
    [InlineData(32, 48_000, 2)]
    public void Every_depth_and_number_of_channels_gives_the_same_samples(int bits, int rate, int channels)
    {
        AudioClip clip = WavReader.Read(WavSamples.Sine(bits, rate, channels, Tone), "clip.wav");
        Assert.Equal(rate, clip.SampleRate);
        Assert.Equal(WavSamples.Length(rate), clip.Samples.Length);
        Assert.InRange(clip.Samples.Max(), Tone - 0.02f, Tone + 0.02f);
        Assert.InRange(clip.Samples[0], -0.01f, 0.01f);
    }

    [Fact]
    public void Chunks_between_format_and_sound_are_passed_over()
    {
        byte[] plain = WavSamples.Sine(16, 8_000, 1, Tone);
        byte[] odd = [.. plain[..36], .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0, .. plain[36..]];
        Assert.Equal(WavReader.Read(plain, "a").Samples, WavReader.Read(odd, "b").Samples);
    }

    [Fact]
    public void A_file_cut_short_at_any_byte_is_refused_by_name()
    {
        byte[] whole = WavSamples.Sine(16, 8_000, 1, Tone);
        foreach (int length in (int[])[0, 5, 20, 37, 43, 45, whole.Length / 2, whole.Length - 1])
        {
            DataFormatException fault = Assert.Throws<DataFormatException>(() => WavReader.Read(whole.AsSpan(0, length), "cut.wav"));
            Assert.Contains("cut.wav", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_silent_clip_is_refused_by_name()
    {
        DataFormatException fault = Assert.Throws<DataFormatException>(() => WavReader.Read(WavSamples.Sine(16, 8_000, 1, 0), "quiet.wav"));
        Assert.Contains("quiet.wav", fault.Message, StringComparison.Ordinal);
        Assert.Contains("silent", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(22, 1, "coding")]
    [InlineData(24, 96_000, "samples a second")]
    [InlineData(22, 0, "channels")]
    public void A_form_that_is_not_read_is_named(int offset, int value, string what)
    {
        byte[] bytes = WavSamples.Sine(16, 8_000, 1, Tone);
        if (what == "coding") BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(34), 12);
        else if (what == "channels") BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset), (short)value);
        else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), value);
        Assert.Contains(what, Assert.Throws<DataFormatException>(() => WavReader.Read(bytes, "x.wav")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_never_gives_another_kind_of_error()
    {
        Random random = TestSeed.Random(31);
        for (int n = 0; n < TestScale.Pick(300, 10_000); n++)
        {
            byte[] bytes = WavSamples.Sine(16, 8_000, 1, Tone);
            for (int flips = 0; flips < 4; flips++) bytes[random.Next(random.Next(2) == 0 ? 44 : bytes.Length)] = (byte)random.Next(256);
            try
            {
                WavReader.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1)), "damaged.wav");
            }
            catch (DataFormatException fault)
            {
                Assert.Contains("damaged.wav", fault.Message, StringComparison.Ordinal);
            }
        }
    }
}
