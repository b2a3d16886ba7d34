using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Bench.Learning;

/// <summary><c>vectorsearch bench learning</c>: how the time and memory of learners grow with the number of films.</summary>
internal static class LearningBenchCommand
{
    private const int LeastItems = 1000, MostItems = 10_000_000;

    // The proportions of the full size: 1,000,000 films, 500,000 users and 50,000,000 watches.
    private const double UsersPerItem = 0.5;
    private const int WatchesPerItem = 50;

    public static Command Create()
    {
        Option<int[]> items = new("--items")
        {
            AllowMultipleArgumentsPerToken = true, HelpName = "N …", DefaultValueFactory = _ => [10_000, 31_623, 100_000, 316_228, 1_000_000],
            Description = "Films of each world, rising; with half as many users and 50 watches a film.",
        };
        Option<LearningMethod[]> methods = new("--methods")
        {
            AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [LearningMethod.Ials, LearningMethod.Deep], Description = "The learners.",
        };
        Option<int> dim = new("--dim") { DefaultValueFactory = _ => 32, HelpName = "N", Description = "Dimension of the vectors." };
        Option<int> epochs = new("--epochs") { DefaultValueFactory = _ => 8, HelpName = "N", Description = "Epochs of each training." };
        Option<int> threads = new("--threads") { HelpName = "N", Description = "Most threads; all cores by default." };
        Option<string?> picture = new("--out") { HelpName = "SVG", Description = "Draw the plot into this file." };
        Option<bool> json = new("--json") { Description = "End with one line of JSON." };
        Command command = new("learning", "Train on generated worlds of rising size, each in a process of its own: seconds, memory and planted neighbours found.")
        {
            items, methods, dim, epochs, threads, picture, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int[] sizes = parsed.GetValue(items)!;
            if (sizes.Length == 0 || sizes.Any(size => size is < LeastItems or > MostItems))
                throw new CliException($"--items is '{string.Join(' ', sizes)}': expected numbers from {LeastItems} to {MostItems}.");
            TrainingSetting setting = new(parsed.GetValue(dim), parsed.GetValue(epochs), parsed.GetValue(threads));
            List<TrainingCost> costs = [];
            foreach (int size in sizes.Order())
            {
                await foreach (TrainingCost cost in MeasureAsync(size, parsed.GetValue(methods)!, setting, cancellationToken))
                {
                    costs.Add(cost);
                    // After each, for the largest worlds take long.
                    if (parsed.GetValue(picture) is { } path) await File.WriteAllTextAsync(path, GrowthPlot.Draw(costs, setting), cancellationToken);
                }
            }

            if (parsed.GetValue(json)) Console.WriteLine(JsonLine.Of(new { dim = setting.Dimension, epochs = setting.Epochs, costs }));
        });
        return command;
    }

    private static async IAsyncEnumerable<TrainingCost> MeasureAsync(
        int items, LearningMethod[] methods, TrainingSetting setting, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vectorsearch-bench-learning-");
        try
        {
            PlantedOptions size = new() { Items = items, Users = (int)(items * UsersPerItem), Watches = (long)items * WatchesPerItem };
            PlantedFiles.Write(size, folder.FullName, null, cancellationToken);
            PlantedWorld world = new(size);
            InteractionDataset train = InteractionReader.Read(Path.Combine(folder.FullName, PlantedFiles.Train), cancellationToken: cancellationToken);
            foreach (LearningMethod method in methods)
            {
                TrainingCost cost = await TrainingProcess.MeasureAsync(world, train, folder.FullName, method, setting, cancellationToken);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{method,-12} {items,10:n0} films  {cost.Seconds,8:f1} s  {cost.CpuSeconds,8:f1} s of processor  {cost.PeakBytes / 1e9,6:f2} GB  {cost.PlantedRatio:f3} of the oracle's neighbours"));
                yield return cost;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
