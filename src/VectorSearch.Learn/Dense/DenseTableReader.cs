using System.Globalization;
using System.IO.Compression;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Learn;

/// <summary>
/// Reads tables of features with a label column: CSV with a header, plain or gzip, or a two-dimensional .npy whose last
/// column is the number of the class.
/// </summary>
public static class DenseTableReader
{
    /// <summary>Name of the label column unless another is asked for.</summary>
    public const string DefaultLabel = "label";

    /// <summary>Reads a table to learn from.</summary>
    /// <exception cref="DataFormatException">
    /// A cell is no finite number, a class has one row only, or a feature has one value in all rows; names file and line or column.
    /// </exception>
    public static DenseTable ReadTraining(string path, string label = DefaultLabel)
    {
        RawTable raw = Read(path, label);
        Vocabulary labels = new(raw.Labels.Distinct());
        if (labels.Count < 2) throw new DataFormatException(path, 0, 0, $"{labels.Count} classes in {raw.Labels.Count} rows: expected at least 2.");
        foreach (IGrouping<string, int> group in Enumerable.Range(0, raw.Labels.Count).GroupBy(n => raw.Labels[n]))
        {
            if (group.Count() == 1)
                throw new DataFormatException(path, raw.Lines[group.First()], 0, $"label '{group.Key}' has one row: expected at least 2, so that one can be held out.");
        }

        for (int c = 0; c < raw.Columns.Count; c++)
        {
            if (raw.Rows.All(row => row[c] == raw.Rows[0][c]))
                throw new DataFormatException(path, 0, 0, $"feature '{raw.Columns[c]}' is {raw.Rows[0][c].ToString(CultureInfo.InvariantCulture)} in all {raw.Rows.Count} rows: leave it out.");
        }

        return ToTable(raw, labels);
    }

    /// <summary>Reads rows whose columns and labels must be those of training.</summary>
    /// <exception cref="DataFormatException">As of training, or a column or label is not one of training.</exception>
    public static DenseTable ReadHeldOut(string path, DenseTable train, string label = DefaultLabel)
    {
        RawTable raw = Read(path, label);
        if (!raw.Columns.SequenceEqual(train.Columns.Ids))
            throw new DataFormatException(path, 1, 0, $"its features are {Some(raw.Columns)}, those of the training file {Some(train.Columns.Ids)}.");
        for (int n = 0; n < raw.Labels.Count; n++)
        {
            if (!train.Labels.TryGetRow(raw.Labels[n], out _))
                throw new DataFormatException(path, raw.Lines[n], 0, $"label '{raw.Labels[n]}' is not among the {train.Labels.Count} labels of the training file.");
        }

        return ToTable(raw, train.Labels);
    }

    private static string Some(IReadOnlyList<string> names) => names.Count <= 6 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(5))} … ({names.Count})";

    private static DenseTable ToTable(RawTable raw, Vocabulary labels)
    {
        VectorTable rows = new(raw.Rows.Count, raw.Columns.Count);
        for (int n = 0; n < raw.Rows.Count; n++) raw.Rows[n].CopyTo(rows.Writable(n));
        return new DenseTable(new Vocabulary(raw.Columns), labels, rows, [.. raw.Labels.Select(labels.RowOf)]);
    }

    private static RawTable Read(string path, string label)
    {
        RawTable raw = path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ? ReadNpy(path) : ReadCsv(path, label);
        if (raw.Rows.Count == 0) throw new DataFormatException(path, 0, 0, "no rows in the table.");
        return raw.Columns.Count > 0 ? raw : throw new DataFormatException(path, 1, 0, "no column besides the label.");
    }

    private static RawTable ReadNpy(string path)
    {
        using RowMatrix<float> matrix = VectorFile.ReadFloats(path);
        RawTable raw = new([.. Enumerable.Range(0, matrix.Dimension - 1).Select(n => $"f{n}")], [], [], []);
        for (int n = 0; n < matrix.Rows; n++)
        {
            float[] row = matrix[n].ToArray();
            for (int c = 0; c < row.Length; c++)
            {
                if (!float.IsFinite(row[c])) throw new DataFormatException(path, n + 1, c + 1, $"the value is {row[c]}: expected a finite number.");
            }

            raw.Rows.Add(row[..^1]);
            raw.Labels.Add(row[^1].ToString(CultureInfo.InvariantCulture));
            raw.Lines.Add(n + 1);
        }

        return raw;
    }

    private static RawTable ReadCsv(string path, string label)
    {
        using StreamReader text = OpenText(path);
        CsvRecordReader reader = new(text, path);
        List<string> header = reader.Read() ?? throw new DataFormatException(path, 1, 0, "the file is empty: expected a header with the names of the columns.");
        int at = header.IndexOf(label);
        if (at < 0) throw new DataFormatException(path, 1, 0, $"no column '{label}' in the header {Some(header)}.");
        RawTable raw = new([.. header.Where((_, n) => n != at)], [], [], []);
        if (raw.Columns.Distinct(StringComparer.Ordinal).Count() < raw.Columns.Count) throw new DataFormatException(path, 1, 0, "a column name comes twice in the header.");
        while (reader.Read() is { } record)
        {
            if (record.Count != header.Count) throw new DataFormatException(path, reader.Line, 0, $"{record.Count} fields: expected {header.Count} as in the header.");
            float[] row = new float[raw.Columns.Count];
            for (int c = 0, to = 0; c < record.Count; c++)
            {
                if (c == at) continue;
                if (!float.TryParse(record[c], NumberStyles.Float, CultureInfo.InvariantCulture, out float value) || !float.IsFinite(value))
                    throw new DataFormatException(path, reader.Line, c + 1, $"feature '{header[c]}' is '{record[c]}': expected a finite number.");
                row[to++] = value;
            }

            if (record[at].Length == 0) throw new DataFormatException(path, reader.Line, at + 1, "the label is empty.");
            raw.Rows.Add(row);
            raw.Labels.Add(record[at]);
            raw.Lines.Add(reader.Line);
        }

        return raw;
    }

    /// <summary>Opens a text file, plain or gzip (told by its first two bytes).</summary>
    internal static StreamReader OpenText(string path)
    {
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            bool zipped = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return new StreamReader(zipped ? new GZipStream(file, CompressionMode.Decompress) : file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }
    }

    private sealed record RawTable(List<string> Columns, List<float[]> Rows, List<string> Labels, List<long> Lines);
}
