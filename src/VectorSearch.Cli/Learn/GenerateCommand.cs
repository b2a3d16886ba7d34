using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch generate …</c>: data of any size with a known truth.</summary>
internal static class GenerateCommand
{
    public static Command Create() => new("generate", "Make data of any size, with a known truth to measure against.")
    {
        CreateInteractions(),
    };

    private static Command CreateInteractions()
    {
        Option<int> items = new("--items") { Required = true, HelpName = "N", Description = "Films." };
        Option<int> users = new("--users") { Required = true, HelpName = "N", Description = "Users." };
        Option<long> watches = new("--watches") { Required = true, HelpName = "N", Description = "Watches in all, held-out ones included." };
        Option<ulong> seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "The same seed makes the same files on every machine." };
        Option<string> folder = new("--out") { DefaultValueFactory = _ => "generated-interactions", HelpName = "DIR", Description = "Folder for train.txt, test.txt and the planted vectors." };
        Option<double> test = new("--test-fraction") { DefaultValueFactory = _ => 0.1, HelpName = "F", Description = "Part of each user's watches that goes to test.txt." };
        Command command = new("interactions", "Watches with Zipf popularity, log-normal history lengths, planted rank 16 and 20 % noise.")
        {
            items, users, watches, seed, folder, test,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            string target = parsed.GetValue(folder)!;
            IReadOnlyDictionary<string, string> hashes = PlantedFiles.Write(
                new PlantedOptions
                {
                    Items = parsed.GetValue(items),
                    Users = parsed.GetValue(users),
                    Watches = parsed.GetValue(watches),
                    Seed = parsed.GetValue(seed),
                    TestFraction = parsed.GetValue(test),
                },
                target, progress, cancellationToken);
            progress.Finish();
            foreach ((string name, string hash) in hashes) Console.WriteLine($"{hash}  {Path.Combine(target, name)}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds:f1} s"));
        }), CancellationToken.None));
        return command;
    }
}
