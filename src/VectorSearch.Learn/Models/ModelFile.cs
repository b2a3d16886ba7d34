using System.Text;
using System.Text.Json;

namespace VectorSearch.Learn;

/// <summary>
/// A model as one file that can be checked. Layout, all integers little-endian:
/// <c>VSMODEL\n</c>, version (u32), section count (u32), CRC-32C of these 16 bytes (u32);
/// each section: name length (u16), name (UTF-8), payload length (u64), CRC-32C of what the section has so far (u32),
/// payload, CRC-32C of the payload (u32);
/// <c>VSMODEND</c>, SHA-256 over name and payload of every section but <c>card</c>, CRC-32C of this trailer (u32).
/// Sections: <c>model</c> (JSON: learner, questions), <c>vocabulary.items</c>, <c>vocabulary.users</c>,
/// <c>vocabulary.features</c>, <c>table.NAME</c> (rows u32, dimension u32, floats row-major), <c>card</c> (JSON).
/// </summary>
public static class ModelFile
{
    /// <summary>The version written, and the only one read.</summary>
    public const int Version = 1;

    internal const string CardSection = "card";
    internal const string ModelSection = "model";
    internal const string ItemsSection = "vocabulary.items";
    internal const string UsersSection = "vocabulary.users";
    internal const string FeaturesSection = "vocabulary.features";
    internal const string TablePrefix = "table.";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Writes a model; the file appears whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file to make or replace.</param>
    /// <returns>The digest: SHA-256, in hex, over everything but the card.</returns>
    public static string Save(LearnedModel model, string path)
    {
        string temporary = path + ".tmp";
        string digest;
        using (FileStream file = new(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
        {
            int count = 3 + (model.Users is null ? 0 : 1) + (model.Features is null ? 0 : 1) + model.Tables.Count;
            using ModelSectionWriter writer = new(file, Version, count);
            writer.Write(ModelSection, JsonSerializer.SerializeToUtf8Bytes(ModelManifest.Of(model), Json));
            writer.Write(ItemsSection, model.Items);
            if (model.Users is not null) writer.Write(UsersSection, model.Users);
            if (model.Features is not null) writer.Write(FeaturesSection, model.Features);
            foreach ((string name, VectorTable table) in model.Tables.OrderBy(t => t.Key, StringComparer.Ordinal))
                writer.Write(TablePrefix + name, table);
            writer.Write(CardSection, JsonSerializer.SerializeToUtf8Bytes(model.Card, Json));
            digest = writer.Finish();
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return digest;
    }

    /// <summary>Reads a model and checks every byte of it.</summary>
    /// <exception cref="ModelFileException">The file is damaged, cut short, or of another version; says where.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static LearnedModel Load(string path) => Load(path, out _);

    /// <summary>Reads a model and its digest, and checks every byte.</summary>
    /// <exception cref="ModelFileException">The file is damaged, cut short, or of another version; says where.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static LearnedModel Load(string path, out string digest)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        using ModelSectionReader reader = new(file, path, Version);
        ModelManifest? manifest = null;
        ModelCard? card = null;
        Vocabulary? items = null, users = null, features = null;
        Dictionary<string, VectorTable> tables = new(StringComparer.Ordinal);
        while (reader.TryNext(out string section))
        {
            if (section == ModelSection) manifest = Parse<ModelManifest>(reader);
            else if (section == CardSection) card = Parse<ModelCard>(reader);
            else if (section == ItemsSection) items = reader.ReadVocabulary();
            else if (section == UsersSection) users = reader.ReadVocabulary();
            else if (section == FeaturesSection) features = reader.ReadVocabulary();
            else if (section.StartsWith(TablePrefix, StringComparison.Ordinal)) tables.Add(section[TablePrefix.Length..], reader.ReadTable());
            else throw reader.Fault("this version does not know the section.");
        }

        digest = reader.Finish();
        if (manifest is null || card is null || items is null)
            throw new ModelFileException(path, "trailer", file.Length, $"the sections {ModelSection}, {ItemsSection} and {CardSection} are not all there.");
        try
        {
            return manifest.ToModel(items, users, features, tables, card);
        }
        catch (Exception e) when (e is KeyNotFoundException or NotSupportedException or FormatException or ArgumentException)
        {
            throw new ModelFileException(path, ModelSection, 0, e.Message, e);
        }
    }

    private static T Parse<T>(ModelSectionReader reader)
    {
        byte[] bytes = reader.ReadBytes();
        try
        {
            return JsonSerializer.Deserialize<T>(bytes, Json) ?? throw reader.Fault("holds the JSON value null.");
        }
        catch (JsonException e)
        {
            throw reader.Fault($"is not the JSON expected: {e.Message} Text: {Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(80, bytes.Length)))}", e);
        }
    }
}
