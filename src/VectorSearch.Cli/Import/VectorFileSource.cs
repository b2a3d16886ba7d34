using System.Globalization;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Import;

/// <summary>Points from a vector file (.npy, .fvecs, .fbin): row i becomes the point with the id i, or the i-th id of a list.</summary>
internal static class VectorFileSource
{
    /// <summary>Reads the file whole and yields its rows.</summary>
    /// <param name="path">The vectors.</param>
    /// <param name="idsPath">A text file with one id a line; null numbers the rows from 0.</param>
    /// <exception cref="CliException">The list of ids is not as long as the vectors.</exception>
    public static IEnumerable<ImportRow> Read(string path, string? idsPath)
    {
        if (!File.Exists(path)) throw new CliException($"File '{path}' does not exist.");
        using RowMatrix<float> rows = VectorFile.ReadFloats(path);
        string[]? ids = idsPath is null ? null : File.ReadAllLines(idsPath);
        if (ids is not null && ids.Length != rows.Rows) throw new CliException($"'{idsPath}' has {ids.Length} lines; expected {rows.Rows}, one id for each row of '{path}'.");
        for (int row = 0; row < rows.Rows; row++)
        {
            string id = ids?[row] ?? row.ToString(CultureInfo.InvariantCulture);
            yield return new ImportRow(id, rows[row].ToArray(), null, null, string.Create(CultureInfo.InvariantCulture, $"{path}, row {row}"));
        }
    }
}
