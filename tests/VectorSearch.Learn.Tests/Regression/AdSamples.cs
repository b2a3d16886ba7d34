using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Regression;

/// <summary>Ads whose price is a known law of their words, size, quarter and kind, with a little noise.</summary>
internal static class AdSamples
{
    private static readonly string[] Dear = ["villa", "palace", "terrace"], Cheap = ["ruin", "cellar", "noisy"], Plain = ["house", "with", "street", "near", "station"];

    public static RegressionTable Make(int count, int salt)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        RegressionSchema schema = new("price", ["text"], ["size", "latitude", "longitude"], ["kind"], Logarithm: true);
        List<string> texts = [];
        List<float[]> numbers = [];
        List<string[]> names = [];
        double[] targets = new double[count];
        for (int n = 0; n < count; n++)
        {
            bool dear = random.NextInt(2) == 0, flat = random.NextInt(2) == 0;
            string[] words = dear ? Dear : Cheap;
            texts.Add($"{Plain[random.NextInt(5)]} {words[random.NextInt(3)]} {Plain[random.NextInt(5)]} {words[random.NextInt(3)]}");
            float size = 40 + (80 * random.NextSingle()), latitude = 48.1f + (0.1f * random.NextSingle()), longitude = 11.5f + (0.1f * random.NextSingle());
            numbers.Add([size, latitude, longitude]);
            names.Add([flat ? "kind=flat" : "kind=house"]);
            bool centre = MathF.Abs(latitude - 48.15f) < 0.025f && MathF.Abs(longitude - 11.55f) < 0.025f;
            targets[n] = 5 + (dear ? 0.4 : -0.4) + (size / 100) + (flat ? -0.2 : 0.2) + (centre ? 0.5 : 0) + (0.05 * random.NextNormal());
        }

        return new RegressionTable(schema, texts, numbers, names, targets);
    }
}
