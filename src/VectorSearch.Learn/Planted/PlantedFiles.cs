using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A planted world on disk: <c>train.txt</c> and <c>test.txt</c> (adjacency lines), and its truth in
/// <c>planted-items.fvecs</c> and <c>planted-users.fvecs</c>, row by number of item and user.
/// </summary>
public static class PlantedFiles
{
    /// <summary>File name of the training part.</summary>
    public const string Train = "train.txt";

    /// <summary>File name of the held-out part.</summary>
    public const string Test = "test.txt";

    /// <summary>File name of the films' planted vectors.</summary>
    public const string Items = "planted-items.fvecs";

    /// <summary>File name of the users' planted vectors.</summary>
    public const string Users = "planted-users.fvecs";

    private const int BatchUsers = 4096;

    /// <summary>Writes all files into a folder, which is made if need be.</summary>
    /// <returns>SHA-256 of each file, in hex, by file name.</returns>
    public static IReadOnlyDictionary<string, string> Write(
        PlantedOptions options, string folder, IProgress<LearnProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        PlantedWorld world = new(options);
        long started = Stopwatch.GetTimestamp();
        int[][] watches = new int[options.Users][];
        for (int first = 0; first < options.Users; first += BatchUsers)
        {
            int count = Math.Min(BatchUsers, options.Users - first);
            DeterministicParallel.For(count, 64, 0, (from, to) =>
            {
                for (int n = from; n < to; n++) watches[first + n] = world.Watches(first + n);
            }, cancellationToken);
            progress?.Report(new LearnProgress("generate", first + count, options.Users, Stopwatch.GetElapsedTime(started)));
        }

        WriteWatches(watches, options, folder);
        WriteVectors(world.Items, Path.Combine(folder, Items));
        WriteVectors(world.Users, Path.Combine(folder, Users));
        return new[] { Train, Test, Items, Users }.ToDictionary(name => name, name => Hash(Path.Combine(folder, name)));
    }

    /// <summary>
    /// The last watches drawn are held out, but for those of films that no training line holds so far: nobody could learn
    /// of them. A user with none held out has no test line.
    /// </summary>
    private static void WriteWatches(int[][] watches, PlantedOptions options, string folder)
    {
        bool[] known = new bool[options.Items];
        foreach (int[] watched in watches)
        {
            foreach (int item in watched.AsSpan(0, Kept(watched, options))) known[item] = true;
        }

        using StreamWriter train = Open(folder, Train), test = Open(folder, Test);
        for (int user = 0; user < watches.Length; user++)
        {
            int kept = Kept(watches[user], options);
            List<int> held = [];
            train.Write(user);
            foreach (int item in watches[user].AsSpan(0, kept)) Write(train, item);
            foreach (int item in watches[user].AsSpan(kept))
            {
                if (known[item]) held.Add(item);
                else Write(train, item);
                known[item] = true;
            }

            train.Write('\n');
            if (held.Count == 0) continue;
            test.Write(user);
            foreach (int item in held) Write(test, item);
            test.Write('\n');
        }
    }

    private static int Kept(int[] watched, PlantedOptions options) => watched.Length - (int)(watched.Length * options.TestFraction);

    private static void Write(StreamWriter line, int item)
    {
        line.Write(' ');
        line.Write(item);
    }

    private static StreamWriter Open(string folder, string name) => new(Path.Combine(folder, name), append: false, new UTF8Encoding(false), 1 << 20);

    private static void WriteVectors(VectorTable table, string path)
    {
        using BinaryWriter writer = new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20));
        for (int row = 0; row < table.Rows; row++)
        {
            writer.Write(table.Dimension);
            foreach (float value in table[row]) writer.Write(value);
        }
    }

    private static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
