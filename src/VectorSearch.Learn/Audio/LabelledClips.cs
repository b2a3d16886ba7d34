using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Clips of sound with a label each.</summary>
/// <param name="Labels">The classes.</param>
/// <param name="Paths">The files.</param>
/// <param name="Clips">What is in them.</param>
/// <param name="LabelOf">The class of each clip.</param>
public sealed record LabelledClips(Vocabulary Labels, IReadOnlyList<string> Paths, IReadOnlyList<AudioClip> Clips, int[] LabelOf)
{
    /// <summary>Some of the clips, in the order given.</summary>
    public LabelledClips Take(IReadOnlyList<int> rows) => this with
    {
        Paths = [.. rows.Select(row => Paths[row])], Clips = [.. rows.Select(row => Clips[row])], LabelOf = [.. rows.Select(row => LabelOf[row])],
    };
}

/// <summary>Reads clips by a CSV with the columns <c>path</c> and <c>label</c>; paths are relative to the CSV.</summary>
public static class LabelledClipReader
{
    /// <summary>Reads clips to learn from.</summary>
    /// <exception cref="DataFormatException">A row or a WAV file is faulty, or a class has one clip only; names the file.</exception>
    public static LabelledClips ReadTraining(string path, int threads = 0)
    {
        List<(string Path, string Label, long Line)> rows = ReadRows(path);
        Vocabulary labels = new(rows.Select(row => row.Label).Distinct());
        if (labels.Count < 2) throw new DataFormatException(path, 0, 0, $"{labels.Count} classes in {rows.Count} rows: expected at least 2.");
        foreach (IGrouping<string, (string Path, string Label, long Line)> group in rows.GroupBy(row => row.Label))
        {
            if (group.Count() == 1)
                throw new DataFormatException(path, group.First().Line, 0, $"label '{group.Key}' has one clip: expected at least 2, so that one can be held out.");
        }

        return Load(rows, labels, threads);
    }

    /// <summary>Reads clips whose labels must be those of training.</summary>
    /// <exception cref="DataFormatException">As of training, or a label is not one of training.</exception>
    public static LabelledClips ReadHeldOut(string path, Vocabulary labels, int threads = 0)
    {
        List<(string Path, string Label, long Line)> rows = ReadRows(path);
        foreach ((_, string label, long line) in rows)
        {
            if (!labels.TryGetRow(label, out _))
                throw new DataFormatException(path, line, 0, $"label '{label}' is not among the {labels.Count} labels of the training file.");
        }

        return Load(rows, labels, threads);
    }

    private static List<(string Path, string Label, long Line)> ReadRows(string path)
    {
        using StreamReader text = DenseTableReader.OpenText(path);
        CsvRecordReader reader = new(text, path);
        List<string> header = reader.Read() ?? throw new DataFormatException(path, 1, 0, "the file is empty: expected the columns path and label.");
        int file = header.IndexOf("path"), label = header.IndexOf("label");
        if (file < 0 || label < 0) throw new DataFormatException(path, 1, 0, $"the columns are {string.Join(", ", header)}: expected path and label among them.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        List<(string, string, long)> rows = [];
        while (reader.Read() is { } record)
        {
            if (record.Count != header.Count) throw new DataFormatException(path, reader.Line, 0, $"{record.Count} fields: expected {header.Count} as in the header.");
            if (record[file].Length == 0 || record[label].Length == 0) throw new DataFormatException(path, reader.Line, 0, "path or label is empty.");
            rows.Add((Path.Combine(folder, record[file]), record[label], reader.Line));
        }

        return rows.Count > 0 ? rows : throw new DataFormatException(path, 0, 0, "no clips in the file.");
    }

    private static LabelledClips Load(List<(string Path, string Label, long Line)> rows, Vocabulary labels, int threads)
    {
        AudioClip[] clips = new AudioClip[rows.Count];
        DeterministicParallel.For(rows.Count, 16, threads, (from, to) =>
        {
            for (int n = from; n < to; n++) clips[n] = WavReader.Read(rows[n].Path);
        });
        return new LabelledClips(labels, [.. rows.Select(row => row.Path)], clips, [.. rows.Select(row => labels.RowOf(row.Label))]);
    }
}
