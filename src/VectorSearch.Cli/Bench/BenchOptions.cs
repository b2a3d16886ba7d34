using System.CommandLine;
using VectorSearch.Index.Sealed;
using VectorSearch.Numerics;

namespace VectorSearch.Cli.Bench;

/// <summary>The options that every bench command shares, and their values.</summary>
internal sealed class BenchOptions
{
    private readonly Option<string> _base = new("--base") { Description = "The rows.", Required = true };
    private readonly Option<string> _queries = new("--queries") { Description = "The queries.", Required = true };
    private readonly Option<string> _truth = new("--truth") { Description = "The ids of each query's nearest rows, nearest first.", Required = true };
    private readonly Option<string> _metric = new("--metric") { Description = "How vectors are compared.", DefaultValueFactory = _ => "l2" };
    private readonly Option<int> _k = new("--k") { Description = "Hits a query.", DefaultValueFactory = _ => 10 };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads that search.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _buildThreads = new("--build-threads") { Description = "Threads that build; 0 takes all cores." };
    private readonly Option<string> _batch = new("--batch") { Description = "Queries handed over in one call: 1 or all.", DefaultValueFactory = _ => "1" };
    private readonly Option<string> _kind = new("--kind") { Description = "Which form of index.", DefaultValueFactory = _ => "auto" };
    private readonly Option<string> _memory = new("--memory") { Description = "How rows are kept.", DefaultValueFactory = _ => "float32" };
    private readonly Option<string> _residency = new("--residency") { Description = "Where rows are while searched.", DefaultValueFactory = _ => "resident" };
    private readonly Option<string?> _index = new("--index") { Description = "A sealed index file: opened if it is there, written if not." };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the build.", DefaultValueFactory = _ => SealedOptions.DefaultSeed };
    private readonly Option<bool> _json = new("--json") { Description = "End with one JSON object on the last line." };

    public BenchOptions()
    {
        _metric.AcceptOnlyFromAmong("l2", "cosine", "dot");
        _batch.AcceptOnlyFromAmong("1", "all");
        _kind.AcceptOnlyFromAmong("auto", "mutable", "sealed");
        _memory.AcceptOnlyFromAmong("float32", "float16", "int8", "codes");
        _residency.AcceptOnlyFromAmong("resident", "mapped");
        AtLeast(_k, 1);
        AtLeast(_threads, 1);
        AtLeast(_buildThreads, 0);
    }

    public void AddTo(Command command)
    {
        Option[] all = [_base, _queries, _truth, _metric, _k, _threads, _buildThreads, _batch, _kind, _memory, _residency, _index, _seed, _json];
        foreach (var option in all) command.Options.Add(option);
    }

    public BenchSettings Read(ParseResult parsed) => new()
    {
        Base = parsed.GetValue(_base)!,
        Queries = parsed.GetValue(_queries)!,
        Truth = parsed.GetValue(_truth)!,
        Metric = parsed.GetValue(_metric) switch
        {
            "cosine" => Metric.Cosine,
            "dot" => Metric.InnerProduct,
            _ => Metric.SquaredEuclidean,
        },
        MetricName = parsed.GetValue(_metric)!,
        K = parsed.GetValue(_k),
        Threads = parsed.GetValue(_threads),
        BuildThreads = parsed.GetValue(_buildThreads) is > 0 and var given ? given : Environment.ProcessorCount,
        WholeBatch = parsed.GetValue(_batch) == "all",
        Kind = parsed.GetValue(_kind)!,
        Memory = parsed.GetValue(_memory)!,
        Mapped = parsed.GetValue(_residency) == "mapped",
        IndexFile = parsed.GetValue(_index),
        Seed = parsed.GetValue(_seed),
        Json = parsed.GetValue(_json),
    };

    private static void AtLeast(Option<int> option, int least) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && value < least)
            result.AddError($"{option.Name} is {value}; expected at least {least}.");
    });
}

/// <summary>What a bench command was asked for.</summary>
internal sealed record BenchSettings
{
    public required string Base { get; init; }

    public required string Queries { get; init; }

    public required string Truth { get; init; }

    public required Metric Metric { get; init; }

    public required string MetricName { get; init; }

    public required int K { get; init; }

    public required int Threads { get; init; }

    public required int BuildThreads { get; init; }

    public required bool WholeBatch { get; init; }

    /// <summary>auto, mutable or sealed.</summary>
    public required string Kind { get; init; }

    public required string Memory { get; init; }

    public required bool Mapped { get; init; }

    public required string? IndexFile { get; init; }

    public required ulong Seed { get; init; }

    public required bool Json { get; init; }
}
