using System.CommandLine;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnMetric;

/// <summary>The options that <c>learn dense</c> and <c>learn audio</c> share.</summary>
internal sealed class MetricOptionSet
{
    private readonly Option<int> _trials = new("--trials") { HelpName = "N", Description = "Settings tried on a fifth of the training examples; 0, the default, takes the defaults." };
    private readonly Option<int?> _dim = new("--dim") { HelpName = "N", Description = "Dimension of the vectors (default 64)." };
    private readonly Option<int?> _epochs = new("--epochs") { HelpName = "N", Description = "Passes over the training examples (default 60)." };
    private readonly Option<MetricLoss> _loss = new("--loss") { Description = "The loss: Proxy, SupervisedContrastive or Triplet." };
    private readonly Option<int> _neighbours = new("--k") { DefaultValueFactory = _ => 5, HelpName = "K", Description = "Neighbours that vote." };
    private readonly Option<ulong> _seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Seed of everything random." };
    private readonly Option<int> _threads = new("--threads") { HelpName = "N", Description = "Most threads; all cores by default. The model does not depend on it." };
    private readonly Option<string[]> _set = new("--set") { HelpName = "NAME=VALUE", Description = $"A hyper-parameter set by hand; may be repeated: {string.Join(", ", MetricTuning.HyperParameters.Select(p => p.Name))}." };
    private readonly Option<string?> _out = new("--out") { HelpName = "MODEL", Description = "The model file to write." };
    private readonly Option<string?> _picture = new("--picture") { HelpName = "FILE", Description = "Draw the learned space: .html or .svg." };
    private readonly Option<bool> _json = new("--json") { Description = "End with one line of JSON." };

    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    public string? Picture(ParseResult parsed) => parsed.GetValue(_picture);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_trials, _dim, _epochs, _loss, _neighbours, _seed, _threads, _set, _out, _picture, _json]) command.Options.Add(option);
    }

    public MetricLearningRequest ToRequest(ParseResult parsed) => new()
    {
        Dimension = parsed.GetValue(_dim),
        Epochs = parsed.GetValue(_epochs),
        Loss = parsed.GetValue(_loss),
        Trials = parsed.GetValue(_trials),
        Neighbours = parsed.GetValue(_neighbours),
        Seed = parsed.GetValue(_seed),
        Threads = parsed.GetValue(_threads),
        Fixed = LearnReport.ParseSettings(parsed.GetValue(_set) ?? []),
    };
}
