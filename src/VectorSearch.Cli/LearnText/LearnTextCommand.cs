using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnText;

/// <summary><c>vectorsearch learn text</c>: from labelled texts to a measured text encoder.</summary>
internal static class LearnTextCommand
{
    private const string Help =
        """
        Learn text vectors from labelled texts, and measure them on texts held out.

        A line is label, tab, text (or '__label__NAME text'); plain or .gz. Example on data that ships with the program:
          vectorsearch learn text --train samples/netflix/train.tsv --test samples/netflix/test.tsv --picture texts.html
        With --method skipgram word vectors are learned from running text, a passage a line, and measured by judged pairs of words
        (--similarity) and analogies (--analogies), beside other vectors (--beside FILE.vec):
          vectorsearch learn text --method skipgram --train samples/netflix/train.tsv --set min-count=3 --out words.vsmodel --picture words.html
        Vectors of words that one task has learned help another that has few labels:
          vectorsearch learn text --train samples/netflix/train.tsv --test samples/netflix/test.tsv --start words.vsmodel --learning-curve 50 200 800 --picture curve.html
        """;

    private static readonly Option<string[]> Train = new("--train")
    {
        Required = true, HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Labelled texts to learn from; several files count as one.",
    };

    private static readonly Option<string[]> Test = new("--test")
    {
        HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Labelled texts held out; looked at once, at the end.",
    };

    private static readonly Option<string[]> Valid = new("--valid")
    {
        HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Labelled texts to tune on; without it a tenth of each class of the training texts.",
    };

    private static readonly Option<string?> Start = new("--start") { HelpName = "MODEL", Description = "Start from the vectors of words that another task has learned." };
    private static readonly Option<bool> Freeze = new("--freeze") { Description = "Leave the vectors of --start as they are, and learn only the classes." };
    private static readonly Option<int[]> Curve = new("--learning-curve") { HelpName = "N", AllowMultipleArgumentsPerToken = true, Description = "Also learn from so many training texts, with and without --start; --picture then draws the curve." };
    private static readonly Option<TextMethod> Method = new("--method") { Description = "supervised: tell classes apart; skipgram: learn word vectors from running text." };
    private static readonly Option<string[]> Similarity = new("--similarity") { HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Judged pairs of words, for skipgram." };
    private static readonly Option<string?> Analogies = new("--analogies") { HelpName = "FILE", Description = "Analogies, for skipgram." };
    private static readonly Option<string?> Beside = new("--beside") { HelpName = "FILE", Description = "Word vectors to measure beside, in the text form of word2vec, for skipgram." };
    private static readonly Option<int> Trials = new("--trials") { HelpName = "N", Description = "Settings tried on the validation part; 0, the default, takes the defaults." };
    private static readonly Option<int?> Dim = new("--dim") { HelpName = "N", Description = "Dimension of the vectors (default 100)." };
    private static readonly Option<int?> Epochs = new("--epochs") { HelpName = "N", Description = "Passes over the training texts (default 10, more where texts are few)." };
    private static readonly Option<ulong> Seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Seed of everything random." };
    private static readonly Option<int> Threads = new("--threads") { HelpName = "N", Description = "Most threads; all cores by default. The model does not depend on it." };
    private static readonly Option<int> Neighbours = new("--k") { DefaultValueFactory = _ => 10, HelpName = "K", Description = "Neighbours that vote in the k-NN measure." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "MODEL", Description = "The model file to write." };
    private static readonly Option<string?> Picture = new("--picture") { HelpName = "FILE", Description = "Draw the learned space: .html or .svg." };
    private static readonly Option<bool> Json = new("--json") { Description = "End with one line of JSON." };
    private static readonly Option<string[]> Set = new("--set")
    {
        HelpName = "NAME=VALUE",
        Description = "A hyper-parameter set by hand; may be repeated: learning-rate, damping, dropout, batch, idf-power, char-weight, word-ngrams, min-chars, max-chars, min-count, min-ngram-texts, lowercase, one-versus-all.",
    };

    public static Command Create()
    {
        Command command = new("text", Help) { Train, Test, Valid, Trials, Dim, Epochs, Seed, Threads, Neighbours, Out, Json, Set, Method, Similarity, Analogies, Beside, Start, Freeze, Curve, Picture };
        command.SetAction((result, cancellationToken) => Task.Run(() => BadOptions.Report(() => Run(result, cancellationToken)), CancellationToken.None));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        ConsoleProgress progress = ConsoleProgress.ToStandardError();
        if (parsed.GetValue(Method) == TextMethod.Skipgram)
        {
            SkipGramRun.Run(ToSkipGram(parsed), progress, cancellationToken);
            return;
        }

        if (parsed.GetValue(Test) is not { Length: > 0 }) throw new ArgumentException("--test is missing: name labelled texts to measure on.");
        TextLearningRequest request = new()
        {
            Dimension = parsed.GetValue(Dim),
            Epochs = parsed.GetValue(Epochs),
            Trials = parsed.GetValue(Trials),
            Seed = parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
            Neighbours = parsed.GetValue(Neighbours),
            Start = parsed.GetValue(Start) is { } start ? EncoderModelFile.Load(start).Encoder : null,
            Freeze = parsed.GetValue(Freeze),
            Fixed = LearnReport.ParseSettings(parsed.GetValue(Set) ?? []),
        };
        long started = Stopwatch.GetTimestamp();
        LabelledTexts train = LabelledTextReader.ReadTraining(parsed.GetValue(Train)!);
        LabelledTexts? valid = parsed.GetValue(Valid) is { Length: > 0 } files ? LabelledTextReader.ReadValidation(files, train.Labels) : null;
        LabelledTexts test = LabelledTextReader.ReadHeldOut(parsed.GetValue(Test)!, train.Labels);
        IReadOnlyList<TextLearningCurvePoint> curve = parsed.GetValue(Curve) is { Length: > 0 } sizes ? TextLearningCurve.Run(train, test, request, sizes, cancellationToken) : [];
        TextLearningOutcome outcome = TextLearning.Run(train, valid, test, request, progress, cancellationToken);
        progress.Finish();
        if (parsed.GetValue(Picture) is { } picture && curve.Count > 0)
        {
            Draw(picture, curve, parsed.GetValue(Start)!, test.Count);
        }
        else if (parsed.GetValue(Picture) is { } space)
        {
            string note = FormattableString.Invariant($"The classifier says {100 * outcome.Report.Accuracy:f1} % of the classes rightly, {request.Neighbours} nearest neighbours by cosine {100 * outcome.NearestNeighbours.Accuracy:f1} %.");
            ClassPicture.Write(space, "Texts in a learned space", [note], outcome.Classifier.EncodeAll(test.Texts, request.Threads), test.Labels, test.LabelOf, n => test.Texts[n]);
        }

        string? path = parsed.GetValue(Out);
        string? digest = path is null ? null : EncoderModelFile.Save(outcome.Model, path);
        TextReport.Write(outcome, curve, request, Stopwatch.GetElapsedTime(started).TotalSeconds, path, digest, parsed.GetValue(Json));
    }

    private static void Draw(string path, IReadOnlyList<TextLearningCurvePoint> curve, string start, int count) => new CurvePicture(
        "What an embedding from another task is worth",
        [$"Accuracy on {count} texts held out, by the number of labelled texts; means of {TextLearningCurve.Draws} draws. The embedding: {Path.GetFileName(start)}."],
        "labelled texts", [.. curve.Select(point => point.Texts)],
        [
            new("fine-tuned", [.. curve.Select(point => point.FineTuned)]), new("frozen", [.. curve.Select(point => point.Frozen)]),
            new("from nothing", [.. curve.Select(point => point.Scratch)]),
        ]).Write(path);

    private static SkipGramRequest ToSkipGram(ParseResult parsed) => new(
        parsed.GetValue(Train)!, parsed.GetValue(Similarity) ?? [], parsed.GetValue(Analogies), parsed.GetValue(Beside), parsed.GetValue(Dim), parsed.GetValue(Epochs),
        parsed.GetValue(Seed), parsed.GetValue(Threads), LearnReport.ParseSettings(parsed.GetValue(Set) ?? []), parsed.GetValue(Out), parsed.GetValue(Picture), parsed.GetValue(Json));
}

/// <summary>How texts are learned from.</summary>
internal enum TextMethod
{
    Supervised,
    Skipgram,
}
