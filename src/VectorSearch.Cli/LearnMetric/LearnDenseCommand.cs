using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnMetric;

/// <summary><c>vectorsearch learn dense</c>: from a table of features to a measured metric.</summary>
internal static class LearnDenseCommand
{
    private const string Help =
        """
        Learn a metric from a table of features with a label column, and measure it on rows held out.

        A table is CSV with a header, plain or .gz, or a .npy whose last column is the number of the class. Example on
        data that ships with the program:
          vectorsearch learn dense --train samples/vowels/train.csv.gz --test samples/vowels/test.csv.gz --picture vowels.html
        """;

    public static Command Create()
    {
        Option<string> train = new("--train") { Required = true, HelpName = "FILE", Description = "Rows to learn from." };
        Option<string> test = new("--test") { Required = true, HelpName = "FILE", Description = "Rows held out; looked at once, at the end." };
        Option<string> label = new("--label") { DefaultValueFactory = _ => DenseTableReader.DefaultLabel, HelpName = "NAME", Description = "Name of the label column of a CSV." };
        MetricOptionSet options = new();
        Command command = new("dense", Help) { train, test, label };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            MetricLearningRequest request = options.ToRequest(parsed);
            DenseTable known = DenseTableReader.ReadTraining(parsed.GetValue(train)!, parsed.GetValue(label)!);
            DenseTable held = DenseTableReader.ReadHeldOut(parsed.GetValue(test)!, known, parsed.GetValue(label)!);
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            MetricLearningOutcome outcome = DenseLearning.Run(known, held, request, progress, cancellationToken);
            progress.Finish();
            if (options.Picture(parsed) is { } picture)
            {
                VectorTable vectors = ((DenseEncoder)outcome.Model.Encoder).EncodeAll(held, request.Threads);
                ClassPicture.Write(picture, "Rows of a table in a learned space", [MetricReport.Note(outcome, request)], vectors, held.Labels, held.LabelOf, n => $"row {n + 1}");
            }

            MetricReport.Write("dense", outcome, request, Stopwatch.GetElapsedTime(started).TotalSeconds, options.Out(parsed), options.Json(parsed));
        }), CancellationToken.None));
        return command;
    }
}
