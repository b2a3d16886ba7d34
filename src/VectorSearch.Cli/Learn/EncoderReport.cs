using System.Globalization;
using System.Text.Json.Nodes;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary>The line of JSON with which the learners of encoders end, and the model file that they write.</summary>
internal static class EncoderReport
{
    /// <summary>Writes the model file; its digest, or null where no file is wanted.</summary>
    public static string? Save(EncoderModel model, string? path) => path is null ? null : EncoderModelFile.Save(model, path);

    /// <summary>What all of them say; a learner adds its own.</summary>
    public static JsonObject ToJson(
        string kind, EncoderModel model, LearnerRequest request, IReadOnlyList<ValidationTrial> trail, double trainSeconds, double seconds, string? path, string? digest) => new()
        {
            ["kind"] = kind,
            ["dim"] = model.Encoder.Dimension,
            ["seconds"] = Math.Round(seconds, 2),
            ["train_seconds"] = Math.Round(trainSeconds, 3),
            ["metrics"] = Object(model.Card.Metrics, value => value),
            ["intervals"] = Object(model.Card.Intervals, interval => new JsonArray(interval[0], interval[1])),
            ["model"] = path,
            ["digest"] = digest,
            ["space_id"] = model.Encoder.Space.ToString(),
            ["seed"] = request.Seed,
            ["hyper_parameters"] = Object(model.Card.HyperParameters, value => value),
            ["trials"] = new JsonArray([.. trail.Select(trial => (JsonNode)trial.ToString())]),
        };

    public static JsonObject Object<T>(IEnumerable<KeyValuePair<string, T>> pairs, Func<T, JsonNode?> toNode) =>
        new(pairs.Select(pair => KeyValuePair.Create(pair.Key, toNode(pair.Value))));

    public static string Number(double value) => value.ToString("f4", CultureInfo.InvariantCulture);
}
