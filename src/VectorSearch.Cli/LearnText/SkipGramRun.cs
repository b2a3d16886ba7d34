using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using VectorSearch.Cli.Learn;
using VectorSearch.Cli.Pictures;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnText;

/// <summary>What <c>learn text --method skipgram</c> is asked for.</summary>
internal sealed record SkipGramRequest(
    string[] Train, string[] Similarity, string? Analogies, string? Beside, int? Dimension, int? Epochs, ulong Seed, int Threads, IReadOnlyDictionary<string, double> Fixed,
    string? Out, string? Picture, bool Json);

/// <summary>Learns word vectors from running text, and prints how well they do.</summary>
internal static class SkipGramRun
{
    private const int DrawnWords = 600;

    private static readonly string[] Settings = ["window", "negatives", "min-count", "min-chars", "max-chars", "sample", "learning-rate"];

    public static void Run(SkipGramRequest request, ConsoleProgress progress, CancellationToken cancellationToken)
    {
        foreach (string name in request.Fixed.Keys.Except(Settings)) throw new ArgumentException($"--set names '{name}': expected one of {string.Join(", ", Settings)}.");
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<string> texts = LabelledTextReader.ReadCorpus(request.Train);
        SkipGramOptions options = ToOptions(request);
        long training = Stopwatch.GetTimestamp();
        WordVectors vectors = WordVectors.Train(texts, options, progress, cancellationToken);
        double trained = Stopwatch.GetElapsedTime(training).TotalSeconds;
        progress.Finish();
        NamedVectors? beside = request.Beside is { } file ? EmbeddingFile.Read(file) : null;
        WordSimilarityReport[] similarities = [.. request.Similarity.Select(path => WordBenchmark.Similarity(path, vectors, beside, request.Seed))];
        WordAnalogyReport? analogies = request.Analogies is { } questions ? WordBenchmark.Analogies(questions, vectors, beside, request.Threads) : null;
        ModelCard card = new()
        {
            Created = DateTimeOffset.UtcNow,
            Counts = new Dictionary<string, long> { ["passages"] = texts.Count, ["words"] = vectors.Words.Count },
            Seed = request.Seed,
            Metrics = similarities.ToDictionary(report => report.Name, report => report.Spearman),
        };
        string? digest = EncoderReport.Save(new EncoderModel(vectors, card), request.Out);
        if (request.Picture is { } picture) Draw(picture, vectors, request.Threads);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (request.Json) Console.WriteLine(ToJson(request, vectors, options, similarities, analogies, trained, seconds, digest).ToJsonString());
        else Write(request, vectors, options, similarities, analogies, trained, digest);
    }

    private static SkipGramOptions ToOptions(SkipGramRequest request)
    {
        SkipGramOptions defaults = new();
        return defaults with
        {
            Dimension = request.Dimension ?? defaults.Dimension,
            Epochs = request.Epochs ?? defaults.Epochs,
            Window = (int)request.Fixed.GetValueOrDefault("window", defaults.Window),
            Negatives = (int)request.Fixed.GetValueOrDefault("negatives", defaults.Negatives),
            MinCount = (int)request.Fixed.GetValueOrDefault("min-count", defaults.MinCount),
            MinCharacters = (int)request.Fixed.GetValueOrDefault("min-chars", defaults.MinCharacters),
            MaxCharacters = (int)request.Fixed.GetValueOrDefault("max-chars", defaults.MaxCharacters),
            Sample = request.Fixed.GetValueOrDefault("sample", defaults.Sample),
            LearningRate = request.Fixed.GetValueOrDefault("learning-rate", defaults.LearningRate),
            Seed = request.Seed,
        };
    }

    /// <summary>The most frequent words on their two principal axes.</summary>
    private static void Draw(string path, WordVectors vectors, int threads)
    {
        VectorTable all = vectors.EncodeWords(threads);
        int[] drawn = [.. Enumerable.Range(0, all.Rows).Where(n => char.IsLetter(vectors.Words[n][0])).Take(DrawnWords)];
        if (drawn.Length < 3) throw new CliException($"{drawn.Length} words have a vector: too few for a picture.");
        VectorTable table = VectorTable.Of([.. drawn.Select(n => all[n].ToArray())]);
        double[][] places = PrincipalAxes.Of(table, Math.Min(2, table.Dimension)).Project(table);
        if (table.Dimension == 1) places = [.. places.Select(place => new[] { place[0], 0 })];
        ScatterPoint[] points = [.. drawn.Select((word, n) => new ScatterPoint(places[n], 0, vectors.Words[word], vectors.Words[word]))];
        ScatterPage.Write(path, new ScatterPicture("Words in a learned space", [$"Two principal axes of {vectors.Dimension} dimensions; the {points.Length} most frequent words."], ["words"], points));
    }

    private static void Write(
        SkipGramRequest request, WordVectors vectors, SkipGramOptions options, WordSimilarityReport[] similarities, WordAnalogyReport? analogies, double trained, string? digest)
    {
        if (similarities.Length > 0)
        {
            Table table = new() { Border = TableBorder.Rounded };
            table.AddColumns("judged pairs", "with vectors", "Spearman", "beside", "difference");
            foreach (WordSimilarityReport report in similarities)
            {
                table.AddRow(
                    Markup.Escape(report.Name), $"{report.Pairs} of {report.All}", EncoderReport.Number(report.Spearman), report.Beside is { } other ? EncoderReport.Number(other) : "",
                    report.Difference is { } interval ? $"{EncoderReport.Number(interval.Low)} – {EncoderReport.Number(interval.High)}" : "");
            }

            AnsiConsole.Write(table);
        }

        if (analogies is not null)
            Console.WriteLine($"analogies: {analogies.Correct} of {analogies.Questions} right ({analogies.All} in the file){(analogies.Beside is { } other ? $", beside {other}" : "")}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{vectors.Words.Count} words, dimension {options.Dimension}, {options.Epochs} epochs: trained in {trained:f1} s"));
        if (request.Out is not null) Console.WriteLine($"model written to {request.Out}, digest {digest}");
    }

    private static JsonObject ToJson(
        SkipGramRequest request, WordVectors vectors, SkipGramOptions options, WordSimilarityReport[] similarities, WordAnalogyReport? analogies, double trained, double seconds,
        string? digest) => new()
        {
            ["kind"] = "skipgram",
            ["dim"] = options.Dimension,
            ["epochs"] = options.Epochs,
            ["seconds"] = Math.Round(seconds, 2),
            ["train_seconds"] = Math.Round(trained, 3),
            ["words"] = vectors.Words.Count,
            ["similarity"] = EncoderReport.Object(similarities.Select(report => KeyValuePair.Create(report.Name, report)), report => new JsonObject
            {
                ["spearman"] = report.Spearman, ["pairs"] = report.Pairs, ["all"] = report.All, ["beside"] = report.Beside,
                ["difference"] = report.Difference is { } interval ? new JsonArray(interval.Low, interval.High) : null,
            }),
            ["analogies"] = analogies is null ? null : new JsonObject
            {
                ["correct"] = analogies.Correct, ["questions"] = analogies.Questions, ["all"] = analogies.All, ["beside"] = analogies.Beside,
            },
            ["model"] = request.Out,
            ["digest"] = digest,
            ["space_id"] = vectors.Space.ToString(),
            ["seed"] = request.Seed,
        };
}
