using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnMetric;

/// <summary><c>vectorsearch learn audio</c>: from labelled WAV files to a measured metric of sound.</summary>
internal static class LearnAudioCommand
{
    private const string Help =
        """
        Learn a metric of sound from labelled WAV files, and measure it on files held out.

        A list of files is a CSV with the columns path and label; paths are relative to it. WAV files have 8,000 to 48,000
        samples a second of 8, 16, 24 or 32 bits; several channels are mixed down. Example on data that ships with the program:
          vectorsearch learn audio --train samples/digits-spoken/train.csv --test samples/digits-spoken/test.csv --baselines --picture clips.html
        """;

    public static Command Create()
    {
        Option<string> train = new("--train") { Required = true, HelpName = "FILE", Description = "List of files to learn from." };
        Option<string> test = new("--test") { Required = true, HelpName = "FILE", Description = "List of files held out; looked at once, at the end." };
        Option<bool> baselines = new("--baselines") { Description = "Measure 1-NN by Euclidean MFCC and by dynamic time warping beside it." };
        MetricOptionSet options = new();
        Command command = new("audio", Help) { train, test, baselines };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            MetricLearningRequest request = options.ToRequest(parsed);
            LabelledClips known = LabelledClipReader.ReadTraining(parsed.GetValue(train)!, options.Threads(parsed));
            LabelledClips held = LabelledClipReader.ReadHeldOut(parsed.GetValue(test)!, known.Labels, options.Threads(parsed));
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            MetricLearningOutcome outcome = AudioLearning.Run(known, held, request, parsed.GetValue(baselines), progress, cancellationToken);
            progress.Finish();
            if (options.Picture(parsed) is { } picture)
            {
                VectorTable vectors = ((AudioEncoder)outcome.Model.Encoder).EncodeAll(held.Clips, request.Threads);
                ClassPicture.Write(picture, "Clips of sound in a learned space", [MetricReport.Note(outcome, request)], vectors, held.Labels, held.LabelOf, n => Path.GetFileName(held.Paths[n]));
            }

            MetricReport.Write("audio", outcome, request, Stopwatch.GetElapsedTime(started).TotalSeconds, options.Out(parsed), options.Json(parsed));
        }), CancellationToken.None));
        return command;
    }
}
