using System.Globalization;

namespace VectorSearch.Learn;

/// <summary>Which columns of a table are what; null leaves it to their cells.</summary>
/// <param name="Target">The column to predict.</param>
/// <param name="Texts">Columns of running text.</param>
/// <param name="Numbers">Columns of numbers.</param>
/// <param name="Categories">Columns of names.</param>
/// <param name="Ignored">Columns that are not read.</param>
/// <param name="Logarithm">Whether the logarithm of the target is predicted.</param>
public sealed record RegressionColumns(
    string Target, IReadOnlyList<string>? Texts, IReadOnlyList<string>? Numbers, IReadOnlyList<string>? Categories, IReadOnlyList<string> Ignored, bool Logarithm);

/// <summary>Reads tables to predict a number from: CSV with a header, plain or gzip. An empty cell of a number is a missing one.</summary>
public static class RegressionTableReader
{
    private const int MostNames = 200;
    private const double MostWordsOfName = 6;
    private const double NumberPart = 0.98;

    /// <summary>Reads a table to learn from, and finds out what its columns are.</summary>
    /// <exception cref="DataFormatException">
    /// A column is missing, a feature has one value in all rows, or a cell is no number where one is expected; names file and line.
    /// </exception>
    public static RegressionTable ReadTraining(string path, RegressionColumns columns)
    {
        RawRows raw = ReadRows(path);
        RegressionSchema schema = ToSchema(raw, columns, path);
        foreach (string name in schema.Texts.Concat(schema.Numbers).Concat(schema.Categories))
        {
            int c = raw.Header.IndexOf(name);
            if (raw.Rows.TrueForAll(row => row.Cells[c] == raw.Rows[0].Cells[c]))
                throw new DataFormatException(path, 0, 0, $"feature '{name}' is '{raw.Rows[0].Cells[c]}' in all {raw.Rows.Count} rows: leave it out.");
        }

        return ToTable(raw, schema, path);
    }

    /// <summary>Reads rows whose columns must be those of training.</summary>
    /// <exception cref="DataFormatException">A column is missing, or a cell is no number where one is expected; names file and line.</exception>
    public static RegressionTable ReadHeldOut(string path, RegressionSchema schema)
    {
        RawRows raw = ReadRows(path);
        foreach (string name in schema.Texts.Concat(schema.Numbers).Concat(schema.Categories).Append(schema.Target))
        {
            if (!raw.Header.Contains(name)) throw new DataFormatException(path, 1, 0, $"no column '{name}', which the training file has.");
        }

        return ToTable(raw, schema, path);
    }

    private static RawRows ReadRows(string path)
    {
        using StreamReader text = DenseTableReader.OpenText(path);
        CsvRecordReader reader = new(text, path);
        List<string> header = reader.Read() ?? throw new DataFormatException(path, 1, 0, "the file is empty: expected a header with the names of the columns.");
        if (header.Distinct(StringComparer.Ordinal).Count() < header.Count) throw new DataFormatException(path, 1, 0, "a column name comes twice in the header.");
        List<(long, List<string>)> rows = [];
        while (reader.Read() is { } record)
        {
            if (record.Count != header.Count) throw new DataFormatException(path, reader.Line, 0, $"{record.Count} fields: expected {header.Count} as in the header.");
            rows.Add((reader.Line, record));
        }

        return rows.Count > 1 ? new RawRows(header, rows) : throw new DataFormatException(path, 0, 0, $"{rows.Count} rows: expected at least 2.");
    }

    private static RegressionSchema ToSchema(RawRows raw, RegressionColumns columns, string path)
    {
        foreach (string name in (columns.Texts ?? []).Concat(columns.Numbers ?? []).Concat(columns.Categories ?? []).Concat(columns.Ignored).Append(columns.Target))
        {
            if (!raw.Header.Contains(name)) throw new DataFormatException(path, 1, 0, $"no column '{name}' in the header {string.Join(", ", raw.Header)}.");
        }

        HashSet<string> named = [.. columns.Texts ?? [], .. columns.Numbers ?? [], .. columns.Categories ?? [], .. columns.Ignored, columns.Target];
        List<string> texts = [.. columns.Texts ?? []], numbers = [.. columns.Numbers ?? []], categories = [.. columns.Categories ?? []];
        for (int c = 0; c < raw.Header.Count; c++)
        {
            if (named.Contains(raw.Header[c])) continue;
            string[] cells = [.. raw.Rows.Select(row => row.Cells[c]).Where(cell => cell.Length > 0)];
            bool number = cells.Length > 0 && cells.Count(cell => TryNumber(cell, out _)) >= NumberPart * cells.Length;
            bool name = cells.Distinct(StringComparer.Ordinal).Count() <= MostNames && cells.Average(cell => cell.Split(' ').Length) <= MostWordsOfName;
            (List<string> found, bool open) = number ? (numbers, columns.Numbers is null) : name ? (categories, columns.Categories is null) : (texts, columns.Texts is null);
            if (open) found.Add(raw.Header[c]);
        }

        if (texts.Count + numbers.Count + categories.Count == 0) throw new DataFormatException(path, 1, 0, "no column to learn from besides the target.");
        return new RegressionSchema(columns.Target, texts, numbers, categories, columns.Logarithm);
    }

    private static RegressionTable ToTable(RawRows raw, RegressionSchema schema, string path)
    {
        int[] texts = [.. schema.Texts.Select(name => raw.Header.IndexOf(name))], numbers = [.. schema.Numbers.Select(name => raw.Header.IndexOf(name))];
        int[] categories = [.. schema.Categories.Select(name => raw.Header.IndexOf(name))];
        int target = raw.Header.IndexOf(schema.Target);
        double[] targets = new double[raw.Rows.Count];
        List<float[]> values = [];
        for (int n = 0; n < targets.Length; n++)
        {
            (long line, List<string> cells) = raw.Rows[n];
            targets[n] = TargetOf(cells[target], schema, path, line, target + 1);
            values.Add([.. numbers.Select(c => cells[c].Length == 0 ? float.NaN
                : TryNumber(cells[c], out float value) ? value
                : throw new DataFormatException(path, line, c + 1, $"'{raw.Header[c]}' is '{cells[c]}': expected a finite number, or nothing."))]);
        }

        return new RegressionTable(
            schema, [.. raw.Rows.Select(row => string.Join('\n', texts.Select(c => row.Cells[c])))], values,
            [.. raw.Rows.Select(row => categories.Where(c => row.Cells[c].Length > 0).Select(c => $"{raw.Header[c]}={row.Cells[c]}").ToArray())], targets);
    }

    private static double TargetOf(string cell, RegressionSchema schema, string path, long line, int column)
    {
        string wanted = schema.Logarithm ? "a number above 0, since its logarithm is predicted" : "a finite number";
        return TryNumber(cell, out float value) && (!schema.Logarithm || value > 0)
            ? schema.Logarithm ? Math.Log(value) : value
            : throw new DataFormatException(path, line, column, $"'{schema.Target}' is '{cell}': expected {wanted}.");
    }

    private static bool TryNumber(string cell, out float value) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);

    private sealed record RawRows(List<string> Header, List<(long Line, List<string> Cells)> Rows);
}
