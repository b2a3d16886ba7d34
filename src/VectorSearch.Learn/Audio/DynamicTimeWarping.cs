namespace VectorSearch.Learn;

/// <summary>
/// Dynamic time warping (Sakoe and Chiba, IEEE TASSP 1978, symmetric form without slope limits), divided by the lengths:
/// the classical distance of spoken words, a baseline for learned ones.
/// </summary>
internal static class DynamicTimeWarping
{
    /// <summary>Distance of two sequences of vectors; gives up, with infinity, once it cannot be below <paramref name="limit"/>.</summary>
    public static float Distance(float[][] a, float[][] b, float limit = float.PositiveInfinity)
    {
        float scale = a.Length + b.Length, bound = limit * scale;
        float[] before = new float[b.Length + 1], now = new float[b.Length + 1];
        Array.Fill(before, float.PositiveInfinity);
        before[0] = 0;
        for (int i = 0; i < a.Length; i++)
        {
            float least = now[0] = float.PositiveInfinity;
            for (int j = 0; j < b.Length; j++)
            {
                float step = VectorSearch.Numerics.VectorMath.SquaredDistance(a[i], b[j]);
                step = MathF.Sqrt(step);
                now[j + 1] = Math.Min(before[j] + (2 * step), Math.Min(before[j + 1], now[j]) + step);
                least = Math.Min(least, now[j + 1]);
            }

            if (least >= bound) return float.PositiveInfinity;
            (before, now) = (now, before);
        }

        return before[b.Length] / scale;
    }
}
