using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>What a learned metric of sound must beat: nearest neighbours without learning.</summary>
public static class AudioBaselines
{
    private const int Coefficients = 13;

    /// <summary>1-NN by Euclidean distance of the MFCC on the fixed grid.</summary>
    public static int[] Euclidean(LabelledClips train, LabelledClips test, SpectrumOptions options, int threads = 0)
    {
        float[][] known = Grids(train), queries = Grids(test);
        return Nearest(known, queries, train.LabelOf, threads, static (a, b, _) => VectorMath.SquaredDistance(a, b));

        float[][] Grids(LabelledClips clips)
        {
            LogMelSpectrum front = new(options);
            return [.. clips.Clips.Select(clip =>
            {
                float[] grid = new float[SpectrumGrid.Width(options)];
                SpectrumGrid.Fill(front.Frames(clip), options, grid);
                float[][] frames = [.. Enumerable.Range(0, options.Frames).Select(n => grid.AsSpan(n * options.Bands, options.Bands).ToArray())];
                return LogMelSpectrum.Cepstra(frames, Coefficients).SelectMany(frame => frame).ToArray();
            })];
        }
    }

    /// <summary>1-NN by dynamic time warping of the MFCC of all frames, less their mean over the clip.</summary>
    public static int[] TimeWarping(LabelledClips train, LabelledClips test, SpectrumOptions options, int threads = 0)
    {
        return Nearest(Sequences(train), Sequences(test), train.LabelOf, threads, DynamicTimeWarping.Distance);

        float[][][] Sequences(LabelledClips clips)
        {
            LogMelSpectrum front = new(options);
            return [.. clips.Clips.Select(clip =>
            {
                float[][] frames = LogMelSpectrum.Cepstra(front.Frames(clip), Coefficients);
                for (int k = 0; k < Coefficients; k++)
                {
                    float mean = frames.Average(frame => frame[k]);
                    foreach (float[] frame in frames) frame[k] -= mean;
                }

                return frames;
            })];
        }
    }

    private static int[] Nearest<T>(T[] known, T[] queries, int[] labelOf, int threads, Func<T, T, float, float> distance)
    {
        int[] predicted = new int[queries.Length];
        DeterministicParallel.For(queries.Length, 4, threads, (from, to) =>
        {
            for (int n = from; n < to; n++)
            {
                float best = float.PositiveInfinity;
                for (int row = 0; row < known.Length; row++)
                {
                    float found = distance(queries[n], known[row], best);
                    if (!(found < best)) continue;
                    best = found;
                    predicted[n] = labelOf[row];
                }
            }
        });
        return predicted;
    }
}
