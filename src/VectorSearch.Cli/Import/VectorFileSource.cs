using System.Globalization;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Import;

/// <summary>
/// Points from a vector file (.npy, .fvecs, .fbin), read row by row: row i becomes the point with the id i, or the i-th id of
/// a list, with the i-th payload of another file.
/// </summary>
internal static class VectorFileSource
{
    /// <summary>Reads row after row.</summary>
    /// <param name="path">The vectors.</param>
    /// <param name="idsPath">A text file with one id a line; null numbers the rows from 0.</param>
    /// <param name="payloadsPath">Payloads, .csv with a first line of names or .jsonl with one object a line; null for none.</param>
    /// <exception cref="CliException">A list is not as long as the vectors.</exception>
    public static IEnumerable<ImportRow> Read(string path, string? idsPath, string? payloadsPath)
    {
        using VectorRowFile file = VectorRowFile.Open(path);
        using IEnumerator<string>? ids = idsPath is null ? null : File.ReadLines(idsPath).GetEnumerator();
        using IEnumerator<IReadOnlyDictionary<string, object?>>? payloads = payloadsPath is null ? null : Payloads(payloadsPath).GetEnumerator();
        for (int row = 0; row < file.Rows; row++)
        {
            float[] vector = new float[file.Dimension];
            file.Read(row, vector);
            if (ids?.MoveNext() == false) throw TooFew(idsPath!, row, file.Rows, path);
            if (payloads?.MoveNext() == false) throw TooFew(payloadsPath!, row, file.Rows, path);
            yield return new ImportRow(ids?.Current ?? row.ToString(CultureInfo.InvariantCulture), vector, null, payloads?.Current, new RowOrigin(path, row, IsLine: false, file.Rows));
        }

        if (ids?.MoveNext() == true) throw TooMany(idsPath!, file.Rows, path);
        if (payloads?.MoveNext() == true) throw TooMany(payloadsPath!, file.Rows, path);
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Payloads(string path) =>
        path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? CsvSource.ReadPayloads(path) : JsonLinesSource.ReadPayloads(path);

    private static CliException TooFew(string list, int rows, int expected, string path) =>
        new($"'{list}' has {rows} rows; expected {expected}, one for each row of '{path}'.");

    private static CliException TooMany(string list, int expected, string path) =>
        new($"'{list}' has more than {expected} rows; expected one for each row of '{path}'.");
}
