using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Audio;

public sealed class AudioEncoderTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_tone_lights_up_the_band_of_its_frequency_at_every_sample_rate()
    {
        LogMelSpectrum spectrum = new(new SpectrumOptions());
        int[] loudest = [.. new[] { 8_000, 16_000, 44_100, 48_000 }.Select(rate =>
        {
            float[][] frames = spectrum.Frames(WavReader.Read(WavSamples.Sine(16, rate, 1, 0.5f, 1000, 1000), "tone"));
            return Array.IndexOf(frames[frames.Length / 2], frames[frames.Length / 2].Max());
        })];
        Assert.All(loudest, band => Assert.InRange(band, loudest[0] - 1, loudest[0] + 1));
        Assert.InRange(loudest[0], 10, 25);
    }

    [Fact]
    public void The_power_spectrum_is_that_of_the_definition()
    {
        Xoshiro256 random = new(TestSeed.Value, 8);
        float[] signal = new float[64], power = new float[33];
        foreach (ref float value in signal.AsSpan()) value = random.NextSingle() - 0.5f;
        new FourierTransform(64).Power(signal, power);
        for (int k = 0; k <= 32; k++)
        {
            double re = 0, im = 0;
            for (int n = 0; n < 64; n++)
            {
                re += signal[n] * Math.Cos(2 * Math.PI * k * n / 64);
                im -= signal[n] * Math.Sin(2 * Math.PI * k * n / 64);
            }

            Assert.Equal((re * re) + (im * im), power[k], 4);
        }
    }

    [Fact]
    public void Rising_and_falling_glides_are_told_apart_whatever_their_pitch()
    {
        LabelledClips train = Glides(40, salt: 1), test = Glides(20, salt: 2);
        AudioEncoder encoder = Train(train, threads: 1);
        int[] predicted = NearestNeighbours.Classify(encoder.EncodeAll(train.Clips), train.LabelOf, encoder.EncodeAll(test.Clips), 3);
        ClassificationReport report = new(2, test.LabelOf, predicted);
        Assert.True(report.Accuracy >= 0.9, $"accuracy {report.Accuracy}; {TestSeed.Describe}");
    }

    [Fact]
    public void One_seed_gives_one_model_at_any_number_of_threads_and_its_file_gives_back_the_same_bits()
    {
        LabelledClips train = Glides(16, salt: 3);
        string[] digests = [.. new[] { 1, 2, 4 }.Select(threads => EncoderModelFile.Save(new EncoderModel(Train(train, threads), new ModelCard()), _folder.Combine($"{threads}")))];
        Assert.Equal(digests[0], digests[1]);
        Assert.Equal(digests[0], digests[2]);
        AudioEncoder encoder = Train(train, threads: 1);
        AudioEncoder loaded = Assert.IsType<AudioEncoder>(EncoderModelFile.Load(_folder.Combine("1")).Encoder);
        Assert.Equal(encoder.Space, loaded.Space);
        float[] before = new float[encoder.Dimension], after = new float[encoder.Dimension];
        byte[] wav = WavSamples.Sine(24, 16_000, 2, 0.4f, 600, 1200);
        encoder.Encode(wav, "query", before);
        loaded.Encode(wav, "query", after);
        Assert.Equal(before, after);
        Assert.Equal(1, FixedLanes.Dot(after, after), 5);
    }

    [Fact]
    public void Time_warping_finds_a_stretched_sequence_equal_and_gives_up_beyond_its_limit()
    {
        float[][] a = [[0, 0], [1, 0], [1, 1]], slow = [[0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [1, 1]], other = [[5, 5], [6, 5], [7, 5]];
        Assert.Equal(0, DynamicTimeWarping.Distance(a, slow), 6);
        Assert.True(DynamicTimeWarping.Distance(a, other) > 1);
        Assert.Equal(float.PositiveInfinity, DynamicTimeWarping.Distance(a, other, limit: 0.5f));
    }

    [Fact]
    public void A_list_names_the_file_that_is_cut_short()
    {
        File.WriteAllBytes(_folder.Combine("good.wav"), WavSamples.Sine(16, 8_000, 1, 0.5f));
        File.WriteAllBytes(_folder.Combine("bad.wav"), WavSamples.Sine(16, 8_000, 1, 0.5f)[..200]);
        string list = _folder.Write("list.csv", "path,label\ngood.wav,a\nbad.wav,a\ngood.wav,b\ngood.wav,b\n");
        DataFormatException fault = Assert.Throws<DataFormatException>(() => LabelledClipReader.ReadTraining(list, threads: 1));
        Assert.Contains("bad.wav", fault.Message, StringComparison.Ordinal);
        Assert.Contains("truncated", fault.Message, StringComparison.Ordinal);
    }

    private static AudioEncoder Train(LabelledClips clips, int threads) => AudioEncoder.Train(
        clips, new SpectrumOptions { Bands = 20, Frames = 8 }, SpectrumAugmentation.Default,
        new MetricLearningOptions { Dimension = 8, Hidden = [32], Epochs = 15, Batch = 8, LearningRate = 3e-3, Threads = threads });

    private static LabelledClips Glides(int count, int salt)
    {
        Random random = TestSeed.Random(salt);
        List<AudioClip> clips = [];
        int[] labels = new int[count];
        for (int n = 0; n < count; n++)
        {
            labels[n] = n % 2;
            double low = 400 + (random.NextDouble() * 600), high = low * 2.5;
            byte[] wav = WavSamples.Sine(16, 8_000, 1, 0.2f + (float)(random.NextDouble() * 0.5), n % 2 == 0 ? low : high, n % 2 == 0 ? high : low);
            clips.Add(WavReader.Read(wav, "glide"));
        }

        return new LabelledClips(new Vocabulary(["up", "down"]), [.. clips.Select(_ => "glide")], clips, labels);
    }
}
