using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VectorSearch.Learn;

/// <summary>An encoder with its description.</summary>
/// <param name="Encoder">The encoder.</param>
/// <param name="Card">What it was learned from, and how well it does.</param>
public sealed record EncoderModel(LearnedEncoder Encoder, ModelCard Card);

/// <summary>
/// An encoder as one file that can be checked, in the container of <see cref="ModelFile"/> with sections of its own:
/// <c>encoder</c> (JSON: kind, space id, parameters), <c>vocabulary.NAME</c>, <c>keys.NAME</c> (u64 each),
/// <c>weights.NAME</c> and <c>head.NAME</c> (tables), <c>card</c> (JSON, outside the digest).
/// </summary>
public static class EncoderModelFile
{
    /// <summary>The version written, and the only one read.</summary>
    public const int Version = 1;

    private const string EncoderSection = "encoder", VocabularyPrefix = "vocabulary.", KeysPrefix = "keys.", WeightsPrefix = "weights.", HeadPrefix = "head.";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Writes a model; the file appears whole or not at all.</summary>
    /// <returns>The digest: SHA-256, in hex, over everything but the card.</returns>
    public static string Save(EncoderModel model, string path)
    {
        EncoderParts parts = model.Encoder.ToParts();
        EncoderManifest manifest = new(
            model.Encoder.Kind, model.Encoder.Space.ToString(), model.Encoder.Dimension,
            new SortedDictionary<string, double>(parts.Parameters.ToDictionary(), StringComparer.Ordinal));
        string temporary = path + ".tmp";
        string digest;
        using (FileStream file = new(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
        {
            int sections = 2 + parts.Vocabularies.Count + parts.Keys.Count + parts.Weights.Count + parts.Head.Count;
            using ModelSectionWriter writer = new(file, Version, sections);
            writer.Write(EncoderSection, JsonSerializer.SerializeToUtf8Bytes(manifest, Json));
            foreach ((string name, Vocabulary names) in Sorted(parts.Vocabularies)) writer.Write(VocabularyPrefix + name, names);
            foreach ((string name, ulong[] keys) in Sorted(parts.Keys)) writer.Write(KeysPrefix + name, MemoryMarshal.AsBytes(keys.AsSpan()));
            foreach ((string name, VectorTable table) in Sorted(parts.Weights)) writer.Write(WeightsPrefix + name, table);
            foreach ((string name, VectorTable table) in Sorted(parts.Head)) writer.Write(HeadPrefix + name, table);
            writer.Write(ModelFile.CardSection, JsonSerializer.SerializeToUtf8Bytes(model.Card, Json));
            digest = writer.Finish();
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return digest;
    }

    /// <summary>Reads a model and checks every byte of it.</summary>
    /// <exception cref="ModelFileException">The file is damaged, cut short, or of another version; says where.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static EncoderModel Load(string path) => Load(path, out _);

    /// <summary>Whether a file is that of an encoder, and not one of interactions: told by its first section.</summary>
    /// <exception cref="ModelFileException">The file is no model file.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static bool Takes(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        using ModelSectionReader reader = new(file, path, Version);
        return reader.TryNext(out string section) && section == EncoderSection;
    }

    /// <summary>Reads a model and its digest, and checks every byte.</summary>
    /// <exception cref="ModelFileException">The file is damaged, cut short, or of another version; says where.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static EncoderModel Load(string path, out string digest)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        using ModelSectionReader reader = new(file, path, Version);
        EncoderManifest? manifest = null;
        ModelCard? card = null;
        Dictionary<string, Vocabulary> vocabularies = [];
        Dictionary<string, ulong[]> keys = [];
        Dictionary<string, VectorTable> weights = [], head = [];
        while (reader.TryNext(out string section))
        {
            string name = section[(section.IndexOf('.', StringComparison.Ordinal) + 1)..];
            if (section == EncoderSection) manifest = Parse<EncoderManifest>(reader);
            else if (section == ModelFile.CardSection) card = Parse<ModelCard>(reader);
            else if (section.StartsWith(VocabularyPrefix, StringComparison.Ordinal)) vocabularies.Add(name, reader.ReadVocabulary());
            else if (section.StartsWith(KeysPrefix, StringComparison.Ordinal)) keys.Add(name, MemoryMarshal.Cast<byte, ulong>(reader.ReadBytes()).ToArray());
            else if (section.StartsWith(WeightsPrefix, StringComparison.Ordinal)) weights.Add(name, reader.ReadTable());
            else if (section.StartsWith(HeadPrefix, StringComparison.Ordinal)) head.Add(name, reader.ReadTable());
            else throw reader.Fault("this is no part of an encoder.");
        }

        digest = reader.Finish();
        if (manifest is null || card is null)
            throw new ModelFileException(path, "trailer", file.Length, $"the sections {EncoderSection} and {ModelFile.CardSection} are not both there.");
        try
        {
            LearnedEncoder encoder = LearnedEncoder.Create(manifest.Kind, new EncoderParts
            {
                Parameters = manifest.Parameters, Vocabularies = vocabularies, Keys = keys, Weights = weights, Head = head,
            });
            return encoder.Space.ToString() == manifest.SpaceId
                ? new EncoderModel(encoder, card)
                : throw new FormatException($"says its space is {manifest.SpaceId}, its weights make {encoder.Space}.");
        }
        catch (Exception e) when (e is KeyNotFoundException or NotSupportedException or FormatException or ArgumentException)
        {
            throw new ModelFileException(path, EncoderSection, 0, e.Message, e);
        }
    }

    private static IOrderedEnumerable<KeyValuePair<string, T>> Sorted<T>(IReadOnlyDictionary<string, T> parts) =>
        parts.OrderBy(part => part.Key, StringComparer.Ordinal);

    private static T Parse<T>(ModelSectionReader reader)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(reader.ReadBytes(), Json) ?? throw reader.Fault("holds the JSON value null.");
        }
        catch (JsonException e)
        {
            throw reader.Fault($"is not the JSON expected: {e.Message}", e);
        }
    }

    private sealed record EncoderManifest(
        [property: JsonPropertyName("kind")] string Kind,
        [property: JsonPropertyName("space_id")] string SpaceId,
        [property: JsonPropertyName("dimension")] int Dimension,
        [property: JsonPropertyName("parameters")] IReadOnlyDictionary<string, double> Parameters);
}
