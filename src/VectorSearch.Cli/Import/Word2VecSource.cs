using VectorSearch.Learn;

namespace VectorSearch.Cli.Import;

/// <summary>Points from a word2vec file, text (.txt, .vec) or binary (.bin): a point's id is the word.</summary>
internal static class Word2VecSource
{
    /// <summary>True when the file's ending is one of word2vec.</summary>
    public static bool Takes(string path) => Path.GetExtension(path).ToLowerInvariant() is ".txt" or ".vec" or ".bin";

    /// <summary>Reads the file whole and yields its rows.</summary>
    /// <exception cref="DataFormatException">The file is not one of word2vec; says where.</exception>
    public static IEnumerable<ImportRow> Read(string path)
    {
        NamedVectors vectors = EmbeddingFile.Read(path);
        for (int row = 0; row < vectors.Ids.Count; row++)
            yield return new ImportRow(vectors.Ids[row], vectors.Vectors[row].ToArray(), null, null, new RowOrigin(path, row, IsLine: false));
    }
}
