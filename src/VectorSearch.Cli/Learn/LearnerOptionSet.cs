using System.CommandLine;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary>The options that learners of encoders share.</summary>
/// <param name="parameters">Hyper-parameters that --set takes.</param>
/// <param name="dimension">Default dimension.</param>
/// <param name="epochs">Default number of epochs.</param>
internal sealed class LearnerOptionSet(IReadOnlyList<HyperParameter> parameters, int dimension, int epochs)
{
    private readonly Option<int> _trials = new("--trials") { HelpName = "N", Description = "Settings tried on a validation part; 0, the default, takes the defaults." };
    private readonly Option<int?> _dim = new("--dim") { HelpName = "N", Description = $"Dimension of the vectors (default {dimension})." };
    private readonly Option<int?> _epochs = new("--epochs") { HelpName = "N", Description = $"Passes over the training examples (default {epochs})." };
    private readonly Option<ulong> _seed = new("--seed") { DefaultValueFactory = _ => 1, HelpName = "S", Description = "Seed of everything random." };
    private readonly Option<int> _threads = new("--threads") { HelpName = "N", Description = "Most threads; all cores by default. The model does not depend on it." };
    private readonly Option<string[]> _set = new("--set") { HelpName = "NAME=VALUE", Description = $"A hyper-parameter set by hand; may be repeated: {string.Join(", ", parameters.Select(p => p.Name))}." };
    private readonly Option<string?> _out = new("--out") { HelpName = "MODEL", Description = "The model file to write." };
    private readonly Option<string?> _picture = new("--picture") { HelpName = "FILE", Description = "Draw the learned space: .html or .svg." };
    private readonly Option<bool> _json = new("--json") { Description = "End with one line of JSON." };

    public string? Out(ParseResult parsed) => parsed.GetValue(_out);

    public string? Picture(ParseResult parsed) => parsed.GetValue(_picture);

    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads);

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_trials, _dim, _epochs, _seed, _threads, _set, _out, _picture, _json]) command.Options.Add(option);
    }

    public LearnerRequest ToRequest(ParseResult parsed) => new()
    {
        Dimension = parsed.GetValue(_dim),
        Epochs = parsed.GetValue(_epochs),
        Trials = parsed.GetValue(_trials),
        Seed = parsed.GetValue(_seed),
        Threads = parsed.GetValue(_threads),
        Fixed = LearnReport.ParseSettings(parsed.GetValue(_set) ?? []),
    };
}
