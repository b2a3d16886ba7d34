using System.Text.Json.Serialization;

namespace VectorSearch.Learn;

/// <summary>
/// What a reader wants to know of a model before trusting it. Not part of the model's digest: it describes and moves
/// no vector.
/// </summary>
public sealed record ModelCard
{
    /// <summary>When it was trained, UTC.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset Created { get; init; }

    /// <summary>SHA-256 of the training data (<see cref="InteractionDataset.ContentHash"/>).</summary>
    [JsonPropertyName("data_hash")]
    public string DataHash { get; init; } = "";

    /// <summary>Where the data comes from.</summary>
    [JsonPropertyName("data")]
    public string Data { get; init; } = "";

    /// <summary>Licence of the data.</summary>
    [JsonPropertyName("data_licence")]
    public string DataLicence { get; init; } = "";

    /// <summary>Users, items and interactions trained on.</summary>
    [JsonPropertyName("counts")]
    public IReadOnlyDictionary<string, long> Counts { get; init; } = new Dictionary<string, long>();

    /// <summary>How the held-out part was chosen.</summary>
    [JsonPropertyName("split")]
    public string Split { get; init; } = "";

    /// <summary>Seed of the training.</summary>
    [JsonPropertyName("seed")]
    public ulong Seed { get; init; }

    /// <summary>Hyper-parameters by name.</summary>
    [JsonPropertyName("hyper_parameters")]
    public IReadOnlyDictionary<string, double> HyperParameters { get; init; } = new Dictionary<string, double>();

    /// <summary>How they were found.</summary>
    [JsonPropertyName("tuning")]
    public IReadOnlyList<string> Tuning { get; init; } = [];

    /// <summary>Held-out metrics by name.</summary>
    [JsonPropertyName("metrics")]
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>95 % intervals of the metrics: low and high.</summary>
    [JsonPropertyName("intervals")]
    public IReadOnlyDictionary<string, double[]> Intervals { get; init; } = new Dictionary<string, double[]>();

    /// <summary>The card of a model just trained.</summary>
    internal static ModelCard Of(InteractionDataset train, ulong seed, IReadOnlyDictionary<string, double> hyperParameters) => new()
    {
        Created = DateTimeOffset.UtcNow,
        DataHash = train.ContentHash(),
        Counts = new Dictionary<string, long>
        {
            ["users"] = train.UserCount, ["items"] = train.ItemCount, ["interactions"] = train.InteractionCount,
        },
        Seed = seed,
        HyperParameters = hyperParameters,
    };

    /// <summary>Takes metrics and intervals from a report.</summary>
    public ModelCard With(RankingReport report) => this with
    {
        Metrics = report.Metrics.Where(m => double.IsFinite(m.Value)).ToDictionary(),
        Intervals = report.Intervals.Where(i => double.IsFinite(i.Value.Low)).ToDictionary(i => i.Key, i => new[] { i.Value.Low, i.Value.High }),
    };
}
