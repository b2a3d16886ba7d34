using VectorSearch.Collections;
using VectorSearch.Learn;
using VectorSearch.Numerics;

namespace VectorSearch.Server.Models;

/// <summary>A question of a stored model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Space">The space of its vectors.</param>
/// <param name="Dimension">Coordinates of a vector.</param>
/// <param name="Metric">How two vectors are compared.</param>
/// <param name="Rows">Items that the model has vectors of; 0 where it only encodes.</param>
/// <param name="Encoder">What makes vectors of features.</param>
internal sealed record StoredQuestion(string Name, SpaceId Space, int Dimension, Metric Metric, int Rows, IFeatureEncoder Encoder);

/// <summary>A model as the server keeps it, whatever it was learned from.</summary>
/// <param name="Digest">Names its content.</param>
/// <param name="Kind">Which learner made it.</param>
/// <param name="Card">Its description.</param>
/// <param name="Questions">What it answers, by name.</param>
/// <param name="Bytes">Size of its file.</param>
internal sealed record StoredModel(string Digest, string Kind, ModelCard Card, IReadOnlyDictionary<string, StoredQuestion> Questions, long Bytes)
{
    /// <summary>The one question of an encoder of texts, sound, pictures or tables: features → vector.</summary>
    public const string FeaturesQuestion = "features";

    /// <summary>Reads a model file of either form.</summary>
    /// <exception cref="ModelFileException">The file is damaged; names section and offset.</exception>
    public static StoredModel Read(string path, string digestPrefix)
    {
        long bytes = new FileInfo(path).Length;
        if (EncoderModelFile.Takes(path))
        {
            EncoderModel model = EncoderModelFile.Load(path, out string hex);
            LearnedEncoder encoder = model.Encoder;
            StoredQuestion question = new(FeaturesQuestion, encoder.Space, encoder.Dimension, encoder.Metric, 0, new FeaturesEncoder(digestPrefix + hex, encoder));
            return new StoredModel(digestPrefix + hex, encoder.Kind, model.Card, new Dictionary<string, StoredQuestion> { [question.Name] = question }, bytes);
        }

        LearnedModel learned = ModelFile.Load(path, out string digest);
        return new StoredModel(
            digestPrefix + digest, learned.Learner, learned.Card,
            learned.Questions.ToDictionary(
                pair => pair.Key,
                pair => new StoredQuestion(
                    pair.Key, pair.Value.Space, pair.Value.Dimension, pair.Value.Metric, pair.Value.Items.Rows,
                    new ModelEncoder(digestPrefix + digest, pair.Value, learned.Items, learned.Placing(pair.Value))),
                StringComparer.Ordinal),
            bytes);
    }
}
