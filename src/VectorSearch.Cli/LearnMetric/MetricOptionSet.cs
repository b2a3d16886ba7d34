using System.CommandLine;
using VectorSearch.Cli.Learn;
using VectorSearch.Learn;

namespace VectorSearch.Cli.LearnMetric;

/// <summary>The options that <c>learn dense</c> and <c>learn audio</c> share.</summary>
internal sealed class MetricOptionSet
{
    private const int DefaultDimension = 64;
    private const int DefaultEpochs = 60;

    private readonly LearnerOptionSet _common = new(MetricTuning.HyperParameters, DefaultDimension, DefaultEpochs);
    private readonly Option<MetricLoss> _loss = new("--loss") { Description = "The loss: Proxy, SupervisedContrastive or Triplet." };
    private readonly Option<int> _neighbours = new("--k") { DefaultValueFactory = _ => 5, HelpName = "K", Description = "Neighbours that vote." };

    public string? Out(ParseResult parsed) => _common.Out(parsed);

    public string? Picture(ParseResult parsed) => _common.Picture(parsed);

    public bool Json(ParseResult parsed) => _common.Json(parsed);

    public int Threads(ParseResult parsed) => _common.Threads(parsed);

    public void AddTo(Command command)
    {
        _common.AddTo(command);
        command.Options.Add(_loss);
        command.Options.Add(_neighbours);
    }

    public MetricLearningRequest ToRequest(ParseResult parsed)
    {
        LearnerRequest common = _common.ToRequest(parsed);
        return new MetricLearningRequest
        {
            Dimension = common.Dimension,
            Epochs = common.Epochs,
            Loss = parsed.GetValue(_loss),
            Trials = common.Trials,
            Neighbours = parsed.GetValue(_neighbours),
            Seed = common.Seed,
            Threads = common.Threads,
            Fixed = common.Fixed,
        };
    }
}
