using VectorSearch.Numerics;
using VectorSearch.Testing;

namespace VectorSearch.Learn.Tests;

/// <summary>Data sets that tests share.</summary>
internal static class Samples
{
    public static string MovieLens(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "VectorSearch.sln"))) folder = folder.Parent;
        return Path.Combine(folder!.FullName, "samples", "movielens-latest-small", file);
    }

    /// <summary>The group of each item of <see cref="Grouped"/>.</summary>
    public static ItemFeatures GroupFeatures { get; } = new(Enumerable.Range(0, 80).Select(item => ($"i{item}", $"group:{item % 4}")));

    /// <summary>Users who like one of four groups of items, with noise.</summary>
    public static InteractionDataset Grouped(int users = 120, int items = 80, int watches = 12, int salt = 0)
    {
        Xoshiro256 random = new(TestSeed.Value, (ulong)salt);
        InteractionDatasetBuilder builder = new();
        for (int user = 0; user < users; user++)
        {
            for (int n = 0; n < watches; n++)
            {
                bool noise = random.NextInt(10) == 0;
                int item = noise ? random.NextInt(items) : (random.NextInt(items / 4) * 4) + (user % 4);
                builder.Add(user, item, null, n);
            }
        }

        return builder.Build(Names("u", users), Names("i", items));
    }

    public static Vocabulary Names(string prefix, int count) => new(Enumerable.Range(0, count).Select(n => $"{prefix}{n}"));

    public static string Write(this TempDirectory directory, string name, string text)
    {
        string path = directory.Combine(name);
        File.WriteAllText(path, text);
        return path;
    }
}
