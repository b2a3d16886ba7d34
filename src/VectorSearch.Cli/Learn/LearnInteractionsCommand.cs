using System.CommandLine;
using System.Diagnostics;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary><c>vectorsearch learn interactions</c>: from who-watched-what to a measured model.</summary>
internal static class LearnInteractionsCommand
{
    private static readonly Option<string> Train = new("--train")
    {
        Required = true,
        HelpName = "FILE",
        Description = "Training interactions: MovieLens CSV, rows 'user item [rating] [time]', or adjacency lines 'user item item …', plain or .gz.",
    };

    private static readonly Option<string> Test = new("--test") { Required = true, HelpName = "FILE", Description = "Held-out interactions; looked at once, at the end." };
    private static readonly Option<string?> Valid = new("--valid") { HelpName = "FILE", Description = "Interactions to tune on; without it a tenth of each user's training items is held out." };
    private static readonly Option<LearningMethod> Method = new("--method") { DefaultValueFactory = _ => LearningMethod.Ials, Description = "The learner." };
    private static readonly Option<string?> Dim = new("--dim") { HelpName = "N|auto", Description = "Dimension of the vectors; auto sweeps around the fourth root of the number of items." };
    private static readonly Option<int?> Trials = new("--trials") { HelpName = "N", Description = "Settings tried on the validation part; 0 takes the defaults, 1 finds only the best epoch. By default 12 for ials and ease, 1 for the others." };
    private static readonly Option<int?> Epochs = new("--epochs") { HelpName = "N", Description = "Most epochs of one training." };
    private static readonly Option<ulong> Seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Seed of everything random." };
    private static readonly Option<int> Threads = new("--threads") { HelpName = "N", Description = "Most threads; all cores by default. The model does not depend on it." };
    private static readonly Option<LearningProtocol> Protocol = new("--protocol") { DefaultValueFactory = _ => LearningProtocol.Refit, Description = "table: as published tables, never fit on --valid and mask --train only; refit: fit on all but --test after tuning." };
    private static readonly Option<string?> Out = new("--out") { HelpName = "MODEL", Description = "The model file to write." };
    private static readonly Option<bool> Json = new("--json") { Description = "End with one line of JSON." };
    private static readonly Option<string[]> Set = new("--set") { HelpName = "NAME=VALUE", Description = "A hyper-parameter set by hand instead of tuned; may be repeated." };
    private static readonly Option<int?> SampleUsers = new("--sample-users") { HelpName = "N", Description = "Evaluate on a seeded sample of this many users." };
    private static readonly Option<bool> AllowUnknown = new("--allow-unknown") { Description = "Count test ids that training lacks as misses instead of refusing the file." };
    private static readonly Option<bool> TextIds = new("--text-ids") { Description = "Ids may be any text, though the first lines hold only numbers." };
    private static readonly Option<string?> PerUser = new("--per-user") { HelpName = "FILE", Description = "Write every user's figures as tab-separated text." };

    private static readonly Option<string?> Films = new("--films") { HelpName = "FILE", Description = "MovieLens movies.csv: the model places new films by their genres (question 'features'), and deep learns from them." };
    private static readonly Option<string?> Tags = new("--tags") { HelpName = "FILE", Description = "MovieLens tags.csv, beside --films." };
    private static readonly Option<string?> Checkpoints = new("--checkpoints") { HelpName = "DIR", Description = "Keep the state of every training here; the same command goes on from it after a kill, to the same bits." };

    public static Command Create()
    {
        Command command = new("interactions", "Learn item vectors from who watched what, and measure them on held-out interactions.")
        {
            Train, Test, Valid, Method, Dim, Trials, Epochs, Seed, Threads, Protocol, Out, Json, Set, SampleUsers, AllowUnknown, TextIds, PerUser, Checkpoints, Films, Tags,
        };
        command.SetAction((result, cancellationToken) => Task.Run(() => BadOptions.Report(() => Run(result, cancellationToken)), CancellationToken.None));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        LearningRequest request = ToRequest(parsed);
        ConsoleProgress progress = ConsoleProgress.ToStandardError();
        long started = Stopwatch.GetTimestamp();
        (InteractionDataset train, InteractionDataset? valid, InteractionDataset test) = Read(parsed, progress, cancellationToken);
        progress.Finish();
        bool json = parsed.GetValue(Json);
        if (!json) Console.WriteLine($"{train.UserCount} users, {train.ItemCount} items, {train.InteractionCount} interactions to learn from, {test.InteractionCount} held out; seed {request.Seed}");
        LearningOutcome outcome = InteractionLearning.Run(train, valid, test, request, progress, cancellationToken);
        progress.Finish();
        string? path = parsed.GetValue(Out);
        if (path is not null) ModelFile.Save(outcome.Model, path);
        if (parsed.GetValue(PerUser) is { } table) LearnReport.WritePerUser(outcome.Report, train, table);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        LearnReport.Write(outcome, request, seconds, path, json);
    }

    private static LearningRequest ToRequest(ParseResult parsed)
    {
        string? dim = parsed.GetValue(Dim);
        bool auto = string.Equals(dim, "auto", StringComparison.OrdinalIgnoreCase);
        int dimension = 0;
        if (dim is not null && !auto && !int.TryParse(dim, out dimension))
            throw new ArgumentException($"--dim is '{dim}': expected a number or auto.");
        return new LearningRequest
        {
            Method = parsed.GetValue(Method),
            Dimension = dim is null || auto ? null : dimension,
            AutoDimension = auto,
            Trials = parsed.GetValue(Trials),
            Epochs = parsed.GetValue(Epochs),
            Seed = parsed.GetValue(Seed),
            Threads = parsed.GetValue(Threads),
            Protocol = parsed.GetValue(Protocol),
            Checkpoints = parsed.GetValue(Checkpoints),
            Fixed = LearnReport.ParseSettings(parsed.GetValue(Set) ?? []),
            Features = ReadFeatures(parsed),
            Evaluation = new EvaluationOptions { SampleUsers = parsed.GetValue(SampleUsers) },
        };
    }

    private static ItemFeatures? ReadFeatures(ParseResult parsed)
    {
        string? films = parsed.GetValue(Films), tags = parsed.GetValue(Tags);
        if (tags is not null && films is null) throw new ArgumentException("--tags came without --films: expected both.");
        return films is null ? null : ItemFeatures.OfFilms(FilmCatalog.Read(films), tags is null ? null : FilmTags.Read(tags));
    }

    private static (InteractionDataset Train, InteractionDataset? Valid, InteractionDataset Test) Read(
        ParseResult parsed, ConsoleProgress progress, CancellationToken cancellationToken)
    {
        string trainPath = parsed.GetValue(Train)!;
        InteractionReadOptions options = new() { TextIds = parsed.GetValue(TextIds), Format = InteractionReader.Detect(trainPath) };
        InteractionDataset train = InteractionReader.Read(trainPath, options, progress, cancellationToken);
        InteractionReadOptions known = options with
        {
            Users = train.Users,
            Items = train.Items,
            Unknown = parsed.GetValue(AllowUnknown) ? UnknownIds.Add : UnknownIds.Refuse,
        };
        InteractionDataset? valid = parsed.GetValue(Valid) is { } path ? InteractionReader.Read(path, known, progress, cancellationToken) : null;
        // Where unknown ids are let in, test numbers come after those that validation brought.
        InteractionReadOptions afterValid = valid is null ? known : known with { Users = valid.Users, Items = valid.Items };
        return (train, valid, InteractionReader.Read(parsed.GetValue(Test)!, afterValid, progress, cancellationToken));
    }
}
