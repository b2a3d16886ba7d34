using System.Text;
using System.Text.Json;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Learn;

/// <summary>
/// Embeddings in the formats of other programs, told apart by the ending of the file: <c>.txt</c> or <c>.vec</c> (word2vec text),
/// <c>.bin</c> (word2vec binary), <c>.npy</c>, <c>.fvecs</c> and <c>.fbin</c> (vectors, with the ids a line each in a second file
/// of the same name and <c>.ids</c>), <c>.jsonl</c> (<c>{"id": …, "vector": […]}</c> a line).
/// </summary>
public static class EmbeddingFile
{
    /// <summary>What is put to the name of a file of bare vectors for the file of their ids.</summary>
    public const string IdsEnding = ".ids";

    private const string Known = ".txt, .vec, .bin, .npy, .fvecs, .fbin or .jsonl";

    /// <summary>Writes vectors with their ids.</summary>
    /// <exception cref="ArgumentException">The ending is not a known one, or the format cannot hold an id.</exception>
    public static void Write(NamedVectors vectors, string path)
    {
        switch (Ending(path))
        {
            case ".txt" or ".vec":
                Word2VecFile.WriteText(vectors, path);
                break;
            case ".bin":
                Word2VecFile.WriteBinary(vectors, path);
                break;
            case ".jsonl":
                WriteJsonLines(vectors, path);
                break;
            default:
                if (vectors.Ids.FirstOrDefault(id => id.AsSpan().ContainsAny('\r', '\n')) is { } id)
                    throw new ArgumentException($"Id '{id}' has a line end in it, which a list of ids cannot hold: choose .jsonl.", nameof(vectors));
                VectorFile.WriteFloats(path, vectors.Vectors.ToCompact(vectors.Ids.Count), vectors.Vectors.Dimension);
                File.WriteAllLines(path + IdsEnding, vectors.Ids);
                break;
        }
    }

    /// <summary>Reads vectors with their ids. Bare vectors without a file of ids beside them are numbered from 0.</summary>
    /// <exception cref="ArgumentException">The ending is not a known one.</exception>
    /// <exception cref="DataFormatException">The file is not what its ending says; says where.</exception>
    /// <exception cref="VectorFormatException">The same, for bare vectors.</exception>
    public static NamedVectors Read(string path)
    {
        try
        {
            return Ending(path) switch
            {
                ".txt" or ".vec" => Word2VecFile.ReadText(path),
                ".bin" => Word2VecFile.ReadBinary(path),
                ".jsonl" => ReadJsonLines(path),
                _ => ReadVectors(path),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be read: {e.Message}", e);
        }
    }

    private static string Ending(string path)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        return ending is ".txt" or ".vec" or ".bin" or ".npy" or ".fvecs" or ".fbin" or ".jsonl"
            ? ending
            : throw new ArgumentException($"The file '{path}' ends in '{ending}': expected {Known}.", nameof(path));
    }

    private static NamedVectors ReadVectors(string path)
    {
        using RowMatrix<float> rows = VectorFile.ReadFloats(path);
        string[] ids = File.Exists(path + IdsEnding)
            ? File.ReadAllLines(path + IdsEnding)
            : [.. Enumerable.Range(0, rows.Rows).Select(row => row.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        if (ids.Length != rows.Rows) throw new DataFormatException(path + IdsEnding, 0, 0, $"has {ids.Length} lines: expected {rows.Rows}, one for each row of '{path}'.");
        return new NamedVectors(ids, VectorTable.Of(rows));
    }

    private static void WriteJsonLines(NamedVectors vectors, string path)
    {
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        for (int row = 0; row < vectors.Ids.Count; row++)
            writer.WriteLine(JsonSerializer.Serialize(new JsonRow(vectors.Ids[row], vectors.Vectors[row].ToArray()), Json));
    }

    private static NamedVectors ReadJsonLines(string path)
    {
        List<string> ids = [];
        List<float[]> vectors = [];
        long number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            JsonRow row = Parse(line, path, number);
            if (vectors.Count > 0 && row.Vector!.Length != vectors[0].Length)
                throw new DataFormatException(path, number, 0, $"the vector has {row.Vector.Length} numbers: expected {vectors[0].Length}, as in the first row.");
            ids.Add(row.Id!);
            vectors.Add(row.Vector!);
        }

        if (ids.Count == 0) throw new DataFormatException(path, 0, 0, "has no rows.");
        return new NamedVectors(ids, VectorTable.Of(vectors));
    }

    private static JsonRow Parse(string line, string path, long number)
    {
        try
        {
            JsonRow? row = JsonSerializer.Deserialize<JsonRow>(line, Json);
            if (string.IsNullOrEmpty(row?.Id) || row.Vector is not { Length: > 0 })
                throw new DataFormatException(path, number, 0, "expected an object with \"id\" (a string) and \"vector\" (numbers).");
            return row;
        }
        catch (JsonException e)
        {
            throw new DataFormatException(path, number, (int)(e.BytePositionInLine ?? 0) + 1, $"is not the JSON expected: {e.Message}", e);
        }
    }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private sealed record JsonRow(string? Id, float[]? Vector);
}
