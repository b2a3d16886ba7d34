using VectorSearch.Learn.Tests.Audio;
using VectorSearch.Learn.Tests.Digits;
using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests.Joint;

/// <summary>Strokes as pictures, glides as sound and their names as text: three things, each shown in two kinds a row, never picture with sound.</summary>
internal static class JointSamples
{
    private static readonly string[][] Words = [["bar", "upright"], ["dash", "lying"], ["ring", "circle"]];
    private static readonly JointColumn[] Columns = [new("text", JointKind.Text), new("image", JointKind.Image), new("audio", JointKind.Audio), new("id", JointKind.Id)];

    /// <summary>Rows to learn from: text with picture, text with sound, and now and then an id.</summary>
    public static JointTable Train(int each, int salt) => Make(each, salt, paired: true);

    /// <summary>Rows of one kind each, to be found by the others.</summary>
    public static JointTable Test(int each, int salt) => Make(each, salt, paired: false);

    private static JointTable Make(int each, int salt, bool paired)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        LabelledImages strokes = InkSamples.Make(each, salt);
        List<string> texts = [.. Words.SelectMany(words => words)], imageNames = [], clipNames = [];
        List<AudioClip> clips = [];
        List<int[]> rows = [];
        List<int> groups = [];
        for (int n = 0; n < each; n++)
        {
            int kind = strokes.LabelOf[n], word = (2 * kind) + random.NextInt(2);
            imageNames.Add($"picture {n}");
            clipNames.Add($"clip {n}");
            double low = 400 + (200 * random.NextDouble());
            (double from, double to) = kind switch { 0 => (low, 3 * low), 1 => (3 * low, low), _ => (low, low) };
            clips.Add(WavReader.Read(WavSamples.Sine(16, 8_000, 1, 0.4f, from, to), "clip"));
            rows.Add([paired ? word : -1, n, -1, paired ? kind : -1]);
            rows.Add([paired ? word : -1, -1, n, -1]);
            groups.AddRange([kind, kind]);
        }

        for (int word = 0; word < texts.Count && !paired; word++)
        {
            rows.Add([word, -1, -1, -1]);
            groups.Add(word / 2);
        }

        JointItems[] items =
        [
            new(texts, [], []), new(imageNames, strokes.Images, []), new(clipNames, [], clips), new(["one", "two", "three"], [], []),
        ];
        return new JointTable(Columns, items, rows, groups, [.. rows.Select(_ => "")]);
    }
}
