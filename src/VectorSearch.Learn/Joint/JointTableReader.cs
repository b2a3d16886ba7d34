using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Reads joint tables: CSV with a header, plain or gzip, whose columns are <c>text</c>, <c>image</c>, <c>audio</c> or <c>id</c>, with
/// <c>:NAME</c> behind where there are several of a kind. A picture is a PNG file or FILE#N of an idx file, a clip a WAV file, by
/// paths relative to the list. Rows that mean the same carry the same <c>group</c>; without that column those do that share a
/// cell. <c>part</c> names what figures are given for separately.
/// </summary>
public static class JointTableReader
{
    private const string GroupColumn = "group", PartColumn = "part";

    /// <summary>Reads a table to learn from.</summary>
    /// <exception cref="DataFormatException">
    /// The header, a row or a file is faulty, or no two columns stand together in a row; names file and line.
    /// </exception>
    public static JointTable ReadTraining(string path, int threads = 0)
    {
        JointTable table = Read(path, threads);
        if (table.Rows.All(row => row.Count(item => item >= 0) < 2)) throw new DataFormatException(path, 0, 0, "no row has two kinds: there is nothing to bring together.");
        foreach ((JointColumn column, int c) in table.Columns.Select((column, c) => (column, c)))
        {
            if (table.Items[c].Count < 2) throw new DataFormatException(path, 0, 0, $"column '{column.Name}' has {table.Items[c].Count} things: expected at least 2.");
        }

        return table;
    }

    /// <summary>Reads rows whose columns must be among those of training.</summary>
    /// <exception cref="DataFormatException">As of training, or a column is not one of training.</exception>
    public static JointTable ReadHeldOut(string path, IReadOnlyList<JointColumn> columns, int threads = 0)
    {
        JointTable table = Read(path, threads);
        foreach (JointColumn column in table.Columns)
        {
            if (!columns.Contains(column)) throw new DataFormatException(path, 1, 0, $"column '{column.Name}' is not among those of the training file: {string.Join(", ", columns.Select(known => known.Name))}.");
        }

        return table;
    }

    private static JointTable Read(string path, int threads)
    {
        using StreamReader text = DenseTableReader.OpenText(path);
        CsvRecordReader reader = new(text, path);
        List<string> header = reader.Read() ?? throw new DataFormatException(path, 1, 0, "the file is empty: expected a header with kinds such as text and image.");
        int group = header.IndexOf(GroupColumn), part = header.IndexOf(PartColumn);
        int[] at = [.. Enumerable.Range(0, header.Count).Where(c => c != group && c != part)];
        JointColumn[] columns = [.. at.Select(c => ColumnOf(header[c], path))];
        if (columns.Distinct().Count() < columns.Length) throw new DataFormatException(path, 1, 0, "a column name comes twice in the header: write image:photo and image:drawing where there are several of a kind.");
        Cells[] cells = [.. columns.Select(_ => new Cells())];
        List<int[]> rows = [];
        List<string> groups = [], parts = [];
        while (reader.Read() is { } record)
        {
            if (record.Count != header.Count) throw new DataFormatException(path, reader.Line, 0, $"{record.Count} fields: expected {header.Count} as in the header.");
            if (at.All(c => string.IsNullOrWhiteSpace(record[c]))) throw new DataFormatException(path, reader.Line, 0, "all cells of the row are empty.");
            if (group >= 0 && record[group].Length == 0) throw new DataFormatException(path, reader.Line, group + 1, "the group is empty.");
            rows.Add([.. at.Select((c, n) => string.IsNullOrWhiteSpace(record[c]) ? -1 : cells[n].Add(record[c], reader.Line))]);
            groups.Add(group < 0 ? "" : record[group]);
            parts.Add(part < 0 ? "" : record[part]);
        }

        if (rows.Count == 0) throw new DataFormatException(path, 0, 0, "no rows in the file.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        JointItems[] items = [.. columns.Select((column, n) => Load(column.Kind, cells[n], folder, path, threads))];
        Vocabulary names = new(groups.Where(name => name.Length > 0).Distinct());
        return new JointTable(columns, items, rows, group < 0 ? Shared(rows) : [.. groups.Select(names.RowOf)], parts);
    }

    private static JointColumn ColumnOf(string header, string path)
    {
        string kind = header.Split(':')[0];
        return kind switch
        {
            "text" => new JointColumn(header, JointKind.Text),
            "image" => new JointColumn(header, JointKind.Image),
            "audio" => new JointColumn(header, JointKind.Audio),
            "id" => new JointColumn(header, JointKind.Id),
            _ => throw new DataFormatException(path, 1, 0, $"column '{header}': expected text, image, audio or id, with ':' and a name behind where there are several, or group, or part."),
        };
    }

    private static JointItems Load(JointKind kind, Cells cells, string folder, string path, int threads)
    {
        PixelImage[] images = new PixelImage[kind == JointKind.Image ? cells.Names.Count : 0];
        AudioClip[] clips = new AudioClip[kind == JointKind.Audio ? cells.Names.Count : 0];
        ImageSource source = new();
        DeterministicParallel.For(images.Length, 64, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) images[n] = source.Read(cells.Names[n], folder, path, cells.Lines[n]);
        });
        DeterministicParallel.For(clips.Length, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) clips[n] = WavReader.Read(Path.Combine(folder, cells.Names[n]));
        });
        return new JointItems(cells.Names, images, clips);
    }

    /// <summary>Rows that share a cell, directly or by others, are one group.</summary>
    private static int[] Shared(List<int[]> rows)
    {
        int[] parent = [.. Enumerable.Range(0, rows.Count)];
        Dictionary<(int Column, int Item), int> first = [];
        for (int row = 0; row < rows.Count; row++)
        {
            for (int c = 0; c < rows[row].Length; c++)
            {
                if (rows[row][c] < 0) continue;
                if (first.TryGetValue((c, rows[row][c]), out int other)) parent[Root(row)] = Root(other);
                else first.Add((c, rows[row][c]), row);
            }
        }

        return [.. Enumerable.Range(0, rows.Count).Select(Root)];

        int Root(int row)
        {
            while (parent[row] != row) row = parent[row] = parent[parent[row]];
            return row;
        }
    }

    private sealed class Cells
    {
        private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

        public List<string> Names { get; } = [];

        public List<long> Lines { get; } = [];

        public int Add(string name, long line)
        {
            if (_known.TryGetValue(name, out int item)) return item;
            _known.Add(name, Names.Count);
            Names.Add(name);
            Lines.Add(line);
            return Names.Count - 1;
        }
    }
}
