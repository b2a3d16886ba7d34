using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnRegression;

/// <summary><c>vectorsearch learn regression</c>: from words and numbers to a number, such as a price.</summary>
internal static class LearnRegressionCommand
{
    private const string Help =
        """
        Learn to predict a number, such as a price, from the words of a text beside numbers and names, with an embedding of words.

        A table is CSV with a header, plain or .gz; an empty cell of a number is a missing one. Columns that are not named are
        taken for numbers, names or texts by their cells; latitude and longitude are known by their names. Without --test a
        fifth of the rows is held out; where that is too small to tell models apart, --folds 5 measures on all. Example on data that ships with the program:
          vectorsearch learn regression --train samples/listings/train.csv.gz --test samples/listings/test.csv.gz --target price --baselines --picture words.html
        """;

    public static Command Create()
    {
        Option<string> train = new("--train") { Required = true, HelpName = "FILE", Description = "Rows to learn from." };
        Option<string?> test = new("--test") { HelpName = "FILE", Description = "Rows held out; looked at once, at the end. Without it a part of --train is held out." };
        Option<double> fraction = new("--test-fraction") { DefaultValueFactory = _ => 0.2, HelpName = "F", Description = "Part of --train held out when there is no --test." };
        Option<string?> valid = new("--valid") { HelpName = "FILE", Description = "Rows to tune on; without it a fifth of --train is held out for the trials." };
        Option<int?> folds = new("--folds") { HelpName = "K", Description = "Cross-validate in K folds in place of one part held out: every row is predicted by a model that did not see it." };
        Option<string> target = new("--target") { Required = true, HelpName = "COLUMN", Description = "The column to predict." };
        Option<bool> linear = new("--linear") { Description = "Predict the target itself; by default its logarithm." };
        Option<string[]> texts = Columns("--text", "Columns of running text.");
        Option<string[]> numbers = Columns("--numbers", "Columns of numbers.");
        Option<string[]> categories = Columns("--categories", "Columns of names.");
        Option<string[]> ignored = Columns("--ignore", "Columns that are not read.");
        Option<string[]> words = Columns("--words", "Words whose nearest words are shown; by default those that do most to the target.");
        Option<bool> baselines = new("--baselines") { Description = "Measure tuned ridge regression on TF-IDF words and the same numbers, and nearest rows, beside it." };
        RegressionOptions defaults = new();
        LearnerOptionSet options = new(RegressionLearning.HyperParameters, defaults.Dimension, defaults.Epochs);
        Command command = new("regression", Help) { train, test, fraction, valid, folds, target, linear, texts, numbers, categories, ignored, words, baselines };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            LearnerRequest request = options.ToRequest(parsed);
            RegressionColumns columns = new(
                parsed.GetValue(target)!, Named(parsed, texts), Named(parsed, numbers), Named(parsed, categories), Named(parsed, ignored) ?? [], !parsed.GetValue(linear));
            RegressionTable known = RegressionTableReader.ReadTraining(parsed.GetValue(train)!, columns);
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            RegressionOutcome outcome;
            if (parsed.GetValue(folds) is { } parts)
            {
                if (parsed.GetValue(test) is not null || parsed.GetValue(valid) is not null) throw new ArgumentException("--folds stands beside --test or --valid: expected one or the other.");
                outcome = RegressionLearning.CrossValidate(known, parts, request, parsed.GetValue(baselines), progress, cancellationToken);
            }
            else
            {
                RegressionTable held;
                if (parsed.GetValue(test) is { } file) held = RegressionTableReader.ReadHeldOut(file, known.Schema);
                else (known, held) = known.Split(Fraction(parsed.GetValue(fraction)), request.Seed);
                RegressionTable? look = parsed.GetValue(valid) is { } tuned ? RegressionTableReader.ReadHeldOut(tuned, known.Schema) : null;
                outcome = RegressionLearning.Run(known, look, held, request, parsed.GetValue(baselines), progress, cancellationToken);
            }

            progress.Finish();
            IReadOnlyList<WordNeighbours> shown = WordPicture.Choose(outcome.Words, parsed.GetValue(words) ?? []);
            if (options.Picture(parsed) is { } picture) WordPicture.Write(picture, outcome);
            RegressionConsole.Write(outcome, shown, request, Stopwatch.GetElapsedTime(started).TotalSeconds, options.Out(parsed), options.Picture(parsed), options.Json(parsed));
        }), CancellationToken.None));
        return command;
    }

    private static Option<string[]> Columns(string name, string description) =>
        new(name) { HelpName = "NAME", AllowMultipleArgumentsPerToken = true, Description = description };

    private static double Fraction(double value) => value is > 0 and < 1 ? value : throw new ArgumentException($"--test-fraction is {value}: expected above 0 and below 1.");

    private static string[]? Named(ParseResult parsed, Option<string[]> option) => parsed.GetValue(option) is { Length: > 0 } names ? names : null;
}
