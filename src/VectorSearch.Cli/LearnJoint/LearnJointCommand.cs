using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnJoint;

/// <summary><c>vectorsearch learn joint</c>: texts, pictures, sound and ids in one space.</summary>
internal static class LearnJointCommand
{
    private const string Help =
        """
        Learn one space for texts, pictures, sound and ids from rows that show one thing in several kinds, and measure how things
        of each kind find those of each other.

        A table is CSV with the columns text, image (PNG, or FILE#N of an idx file), audio (WAV) and id, of which any cell may be
        empty; with ':' and a name behind where there are several of a kind. Rows that mean the same carry the same group;
        without that column those do that share a cell. part names what figures are given for separately, such as a language.
        Example on data that ships with the program:
          vectorsearch learn joint --train samples/joint/train.csv --test samples/joint/test.csv --picture joint.html
        """;

    public static Command Create()
    {
        Option<string> train = new("--train") { Required = true, HelpName = "FILE", Description = "Rows to learn from." };
        Option<string> test = new("--test") { Required = true, HelpName = "FILE", Description = "Rows held out; looked at once, at the end." };
        Option<string?> valid = new("--valid") { HelpName = "FILE", Description = "Rows to tune on; without it some groups are held out for the trials." };
        Option<bool> baselines = new("--baselines") { Description = "Measure ridge regression and canonical correlations of bags of words and pixels beside it." };
        JointOptions defaults = new();
        LearnerOptionSet options = new(JointLearning.HyperParameters, defaults.Dimension, defaults.Epochs);
        Command command = new("joint", Help) { train, test, valid, baselines };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            LearnerRequest request = options.ToRequest(parsed);
            JointTable known = JointTableReader.ReadTraining(parsed.GetValue(train)!, request.Threads);
            JointTable? look = parsed.GetValue(valid) is { } file ? JointTableReader.ReadHeldOut(file, known.Columns, request.Threads) : null;
            JointTable held = JointTableReader.ReadHeldOut(parsed.GetValue(test)!, known.Columns, request.Threads);
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            JointOutcome outcome = JointLearning.Run(known, look, held, request, parsed.GetValue(baselines), progress, cancellationToken);
            progress.Finish();
            if (options.Picture(parsed) is { } picture) JointPicture.Write(picture, outcome, held);
            JointReport.Write(outcome, request, Stopwatch.GetElapsedTime(started).TotalSeconds, options.Out(parsed), options.Picture(parsed), options.Json(parsed));
        }), CancellationToken.None));
        return command;
    }
}
