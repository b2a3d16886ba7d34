using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnDigits;

/// <summary><c>vectorsearch learn digits</c>: from labelled pictures of ink to an embedding of few dimensions.</summary>
internal static class LearnDigitsCommand
{
    private const string Help =
        """
        Learn an embedding of few dimensions from labelled pictures of ink, and measure it on pictures held out.

        A picture counts as the list of its inked pixels. A list is a CSV with the columns path (PNG, or FILE#N for the N-th
        picture of an idx file) and label, further columns being numbers beside the picture; or give idx files as MNIST has
        them, with --train-labels and --test-labels. Example on data that ships with the program:
          vectorsearch learn digits --train samples/digits-written/train-images-idx3-ubyte.gz --train-labels samples/digits-written/train-labels-idx1-ubyte.gz
            --test samples/digits-written/test-images-idx3-ubyte.gz --test-labels samples/digits-written/test-labels-idx1-ubyte.gz
            --dim 3 --epochs 60 --picture digits.html
        """;

    public static Command Create()
    {
        Option<string[]> train = new("--train") { Required = true, HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Pictures to learn from: a CSV, or idx files that count as one." };
        Option<string?> trainLabels = new("--train-labels") { HelpName = "FILE", Description = "Labels of idx pictures." };
        Option<string[]> test = new("--test") { Required = true, HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Pictures held out; looked at once, at the end." };
        Option<string?> testLabels = new("--test-labels") { HelpName = "FILE", Description = "Labels of held-out idx pictures." };
        Option<string[]> valid = new("--valid") { HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Pictures to tune on; without it a sixth of each class is held out for the trials." };
        Option<string?> validLabels = new("--valid-labels") { HelpName = "FILE", Description = "Labels of idx pictures to tune on." };
        BitmapClassifierOptions defaults = new();
        LearnerOptionSet options = new(DigitLearning.HyperParameters, defaults.Dimension, defaults.Epochs);
        Command command = new("digits", Help) { train, trainLabels, test, testLabels, valid, validLabels };
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() => BadOptions.Report(() =>
        {
            long started = Stopwatch.GetTimestamp();
            LearnerRequest request = options.ToRequest(parsed);
            LabelledImages known = LabelledImageReader.ReadTraining(parsed.GetValue(train)!, parsed.GetValue(trainLabels));
            LabelledImages? look = parsed.GetValue(valid) is { Length: > 0 } files ? LabelledImageReader.ReadValidation(files, parsed.GetValue(validLabels), known) : null;
            LabelledImages held = LabelledImageReader.ReadHeldOut(parsed.GetValue(test)!, parsed.GetValue(testLabels), known);
            ConsoleProgress progress = ConsoleProgress.ToStandardError();
            DigitLearningOutcome outcome = DigitLearning.Run(known, look, held, request, progress, cancellationToken);
            progress.Finish();
            if (options.Picture(parsed) is { } picture) Draw(picture, outcome, held);
            DigitReport.Write(outcome, request, Stopwatch.GetElapsedTime(started).TotalSeconds, options.Out(parsed), options.Picture(parsed), options.Json(parsed));
        }), CancellationToken.None));
        return command;
    }

    /// <summary>Embeddings of three dimensions as they are, of more by their two principal axes.</summary>
    private static void Draw(string path, DigitLearningOutcome outcome, LabelledImages held)
    {
        int dimension = outcome.Classifier.Dimension;
        VectorTable vectors = outcome.Classifier.EmbedAll(held);
        double[][] places = dimension is 2 or 3
            ? [.. Enumerable.Range(0, vectors.Rows).Select(n => vectors[n].ToArray().Select(value => (double)value).ToArray())]
            : PrincipalAxes.Of(vectors, Math.Min(2, dimension)).Project(vectors);
        if (dimension == 1) places = [.. places.Select(place => new[] { place[0], 0 })];
        string[] notes =
        [
            $"{held.Count} pictures held out; error {100 * (1 - outcome.Report.Accuracy):f2} %, by {10} nearest neighbours under cosine {100 * (1 - outcome.NearestNeighbours.Accuracy):f2} %.",
            dimension is 2 or 3 ? $"The {dimension} coordinates are the embedding itself." : $"Two principal axes of {dimension} dimensions.",
        ];
        ScatterPoint[] points = [.. ScatterPicture.Choose(held.Count).Select(n => new ScatterPoint(places[n], held.LabelOf[n], held.Labels[held.LabelOf[n]]))];
        ScatterPage.Write(path, new ScatterPicture($"Pictures in a learned space of {dimension} dimensions", notes, held.Labels.Ids, points));
    }
}
