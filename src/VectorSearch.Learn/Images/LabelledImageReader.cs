using System.Globalization;

namespace VectorSearch.Learn;

/// <summary>
/// Reads labelled pictures: a CSV with the columns <c>path</c> and <c>label</c>, every further column being a number beside the
/// picture; or idx files of pictures with one of labels.
/// </summary>
public static class LabelledImageReader
{
    private const string PathColumn = "path", LabelColumn = "label";

    /// <summary>Reads pictures to learn from.</summary>
    /// <param name="paths">One CSV, or idx files that count as one.</param>
    /// <param name="labels">The idx file of labels; null with a CSV.</param>
    /// <exception cref="DataFormatException">
    /// A row or a file is faulty, pictures differ in size, one has no ink, or a class has one picture only; names file and row.
    /// </exception>
    public static LabelledImages ReadTraining(IReadOnlyList<string> paths, string? labels)
    {
        ImageRows rows = Read(paths, labels);
        Vocabulary classes = new(rows.Labels.Distinct().Order(StringComparer.Ordinal));
        if (classes.Count < 2) throw new DataFormatException(paths[0], 0, 0, $"{classes.Count} classes in {rows.Labels.Count} pictures: expected at least 2.");
        foreach (IGrouping<string, int> group in Enumerable.Range(0, rows.Labels.Count).GroupBy(n => rows.Labels[n]))
        {
            if (group.Count() == 1)
                throw new DataFormatException(paths[0], rows.Lines[group.First()], 0, $"label '{group.Key}' has one picture: expected at least 2, so that one can be held out.");
        }

        for (int c = 0; c < rows.Columns.Count; c++)
        {
            if (rows.Numbers.TrueForAll(row => row[c] == rows.Numbers[0][c]))
                throw new DataFormatException(paths[0], 0, 0, $"column '{rows.Columns[c]}' is {rows.Numbers[0][c].ToString(CultureInfo.InvariantCulture)} in all {rows.Numbers.Count} rows: leave it out.");
        }

        RequireInk(rows, rows.Images[0], paths[0]);
        return new LabelledImages(classes, new Vocabulary(rows.Columns), rows.Images, rows.Numbers, [.. rows.Labels.Select(classes.RowOf)]);
    }

    /// <summary>Reads pictures whose size, columns and labels must be those of training.</summary>
    /// <exception cref="DataFormatException">As of training, or size, columns or a label are not those of training.</exception>
    public static LabelledImages ReadHeldOut(IReadOnlyList<string> paths, string? labels, LabelledImages train)
    {
        ImageRows rows = Read(paths, labels);
        if (!rows.Columns.SequenceEqual(train.Columns.Ids))
            throw new DataFormatException(paths[0], 1, 0, $"its numbers are {Names(rows.Columns)}, those of the training file {Names(train.Columns.Ids)}.");
        for (int n = 0; n < rows.Labels.Count; n++)
        {
            if (!train.Labels.TryGetRow(rows.Labels[n], out _))
                throw new DataFormatException(paths[0], rows.Lines[n], 0, $"label '{rows.Labels[n]}' is not among the {train.Labels.Count} labels of the training file.");
        }

        RequireInk(rows, train.Images[0], paths[0]);
        return new LabelledImages(train.Labels, train.Columns, rows.Images, rows.Numbers, [.. rows.Labels.Select(train.Labels.RowOf)]);
    }

    /// <summary>Reads pictures to tune on: as <see cref="ReadHeldOut"/>, with at least one of each class.</summary>
    /// <exception cref="DataFormatException">As there, or a class of training has no picture.</exception>
    public static LabelledImages ReadValidation(IReadOnlyList<string> paths, string? labels, LabelledImages train)
    {
        LabelledImages images = ReadHeldOut(paths, labels, train);
        ClassCoverage.Require(train.Labels, images.LabelOf, paths[0]);
        return images;
    }

    private static string Names(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);

    private static void RequireInk(ImageRows rows, PixelImage first, string path)
    {
        for (int n = 0; n < rows.Images.Count; n++)
        {
            PixelImage image = rows.Images[n];
            if (image.Width != first.Width || image.Height != first.Height)
                throw new DataFormatException(path, rows.Lines[n], 0, $"{rows.Names[n]} is {image.Size}: expected {first.Width} × {first.Height}, as the first training picture.");
            if (!image.Samples.AsSpan().ContainsAnyExcept(image.Samples[0]))
                throw new DataFormatException(path, rows.Lines[n], 0, $"{rows.Names[n]} has one value in all pixels: there is nothing on it.");
        }
    }

    private static ImageRows Read(IReadOnlyList<string> paths, string? labels)
    {
        if (IdxReader.Takes(paths[0]) || labels is not null) return ReadIdx(paths, labels);
        if (paths.Count > 1) throw new DataFormatException(paths[1], 0, 0, "a second list: expected one CSV, or idx files.");
        return ReadCsv(paths[0]);
    }

    private static ImageRows ReadIdx(IReadOnlyList<string> paths, string? labels)
    {
        if (labels is null) throw new DataFormatException(paths[0], 0, 0, "idx pictures came without labels: name the idx file of labels too.");
        byte[] classes = IdxReader.ReadLabels(labels);
        ImageRows rows = new([], [], [], [], [], []);
        foreach (string path in paths)
        {
            IReadOnlyList<PixelImage> images = IdxReader.ReadImages(path);
            for (int n = 0; n < images.Count; n++)
            {
                rows.Images.Add(images[n].ToGrey());
                rows.Names.Add($"picture {n} of {path}");
            }
        }

        if (rows.Images.Count != classes.Length) throw new DataFormatException(labels, 0, 0, $"{classes.Length} labels for {rows.Images.Count} pictures.");
        foreach (byte label in classes)
        {
            rows.Labels.Add(label.ToString(CultureInfo.InvariantCulture));
            rows.Numbers.Add([]);
            rows.Lines.Add(rows.Lines.Count + 1);
        }

        return rows;
    }

    private static ImageRows ReadCsv(string path)
    {
        using StreamReader text = DenseTableReader.OpenText(path);
        CsvRecordReader reader = new(text, path);
        List<string> header = reader.Read() ?? throw new DataFormatException(path, 1, 0, "the file is empty: expected the columns path and label.");
        int file = header.IndexOf(PathColumn), label = header.IndexOf(LabelColumn);
        if (file < 0 || label < 0) throw new DataFormatException(path, 1, 0, $"the columns are {string.Join(", ", header)}: expected path and label among them.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        int[] numbers = [.. Enumerable.Range(0, header.Count).Where(c => c != file && c != label)];
        ImageRows rows = new([.. numbers.Select(c => header[c])], [], [], [], [], []);
        ImageSource source = new();
        while (reader.Read() is { } record)
        {
            if (record.Count != header.Count) throw new DataFormatException(path, reader.Line, 0, $"{record.Count} fields: expected {header.Count} as in the header.");
            if (record[file].Length == 0 || record[label].Length == 0) throw new DataFormatException(path, reader.Line, 0, "path or label is empty.");
            rows.Images.Add(source.Read(record[file], folder, path, reader.Line).ToGrey());
            rows.Names.Add(record[file]);
            rows.Labels.Add(record[label]);
            rows.Lines.Add(reader.Line);
            rows.Numbers.Add([.. numbers.Select(c => Number(record[c], header[c], path, reader.Line, c + 1))]);
        }

        return rows.Images.Count > 0 ? rows : throw new DataFormatException(path, 0, 0, "no pictures in the file.");
    }

    private static float Number(string cell, string name, string path, long line, int column) =>
        float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw new DataFormatException(path, line, column, $"'{name}' is '{cell}': expected a finite number.");

    private sealed record ImageRows(
        List<string> Columns, List<PixelImage> Images, List<float[]> Numbers, List<string> Labels, List<long> Lines, List<string> Names);
}
