using System.Text;

namespace VectorSearch.Learn;

/// <summary>
/// Reads labelled texts, plain or gzip: a line is label, tab, text, or <c>__label__NAME text</c> as fastText writes it.
/// With more than two columns the text is the last one and what is between is not read. In a text <c>\n</c>, <c>\t</c>
/// and <c>\\</c> stand for line end, tab and backslash.
/// </summary>
public static class LabelledTextReader
{
    private const string FastTextPrefix = "__label__";

    /// <summary>Reads training texts from one file, or from several as if they were one.</summary>
    /// <exception cref="DataFormatException">A line has no label or no text, or a class has one text only; names file and line.</exception>
    public static LabelledTexts ReadTraining(IReadOnlyList<string> paths)
    {
        Dictionary<string, (string Path, long Line, int Count)> classes = new(StringComparer.Ordinal);
        List<string> labels = [], texts = [];
        foreach (string path in paths)
        {
            Read(path, (line, label, text) =>
            {
                (string Path, long Line, int Count) seen = classes.GetValueOrDefault(label, (path, line, 0));
                classes[label] = seen with { Count = seen.Count + 1 };
                labels.Add(label);
                texts.Add(text);
            });
        }

        foreach ((string label, (string path, long line, int count)) in classes)
        {
            if (count == 1) throw new DataFormatException(path, line, 1, $"label '{label}' has one text: expected at least 2, so that one can be held out.");
        }

        if (classes.Count < 2) throw new DataFormatException(paths[0], 0, 0, $"{classes.Count} classes in {texts.Count} texts: expected at least 2.");
        Vocabulary vocabulary = new(classes.Keys);
        return new LabelledTexts(vocabulary, texts, [.. labels.Select(vocabulary.RowOf)]);
    }

    /// <summary>Reads texts whose labels must be those of training.</summary>
    /// <exception cref="DataFormatException">A line has no label or no text, or a label that training lacks; names file and line.</exception>
    public static LabelledTexts ReadHeldOut(IReadOnlyList<string> paths, Vocabulary labels)
    {
        List<int> labelOf = [];
        List<string> texts = [];
        foreach (string path in paths)
        {
            Read(path, (line, label, text) =>
            {
                if (!labels.TryGetRow(label, out int row))
                    throw new DataFormatException(path, line, 1, $"label '{label}' is not among the {labels.Count} labels of the training file.");
                labelOf.Add(row);
                texts.Add(text);
            });
        }

        if (texts.Count == 0) throw new DataFormatException(paths[0], 0, 0, "no text in the file.");
        return new LabelledTexts(labels, texts, [.. labelOf]);
    }

    /// <summary>Reads texts to tune on: as <see cref="ReadHeldOut"/>, with at least one of each class.</summary>
    /// <exception cref="DataFormatException">As there, or a class of training has no text.</exception>
    public static LabelledTexts ReadValidation(IReadOnlyList<string> paths, Vocabulary labels)
    {
        LabelledTexts texts = ReadHeldOut(paths, labels);
        ClassCoverage.Require(labels, texts.LabelOf, paths[0]);
        return texts;
    }

    /// <summary>Reads running text, one passage a line; empty lines are left out.</summary>
    /// <exception cref="DataFormatException">A file cannot be read, or holds no text.</exception>
    public static IReadOnlyList<string> ReadCorpus(IReadOnlyList<string> paths)
    {
        List<string> texts = [];
        foreach (string path in paths)
        {
            using ByteLineReader reader = new(path);
            while (reader.TryReadLine(out ReadOnlySpan<byte> line))
            {
                string text = Decode(line, path, reader.LineNumber);
                if (!string.IsNullOrWhiteSpace(text)) texts.Add(text);
            }
        }

        return texts.Count > 0 ? texts : throw new DataFormatException(paths[0], 0, 0, "no text in the file.");
    }

    private static void Read(string path, Action<long, string, string> take)
    {
        using ByteLineReader reader = new(path);
        while (reader.TryReadLine(out ReadOnlySpan<byte> bytes))
        {
            if (bytes.IsEmpty) continue;
            string line = Decode(bytes, path, reader.LineNumber);
            bool fastText = line.StartsWith(FastTextPrefix, StringComparison.Ordinal);
            int end = fastText ? line.AsSpan().IndexOfAny(' ', '\t') : line.IndexOf('\t', StringComparison.Ordinal);
            if (end < 0) throw new DataFormatException(path, reader.LineNumber, 0, "no tab in the line: expected label, tab, text.");
            string label = line[(fastText ? FastTextPrefix.Length : 0)..end];
            if (label.Length == 0) throw new DataFormatException(path, reader.LineNumber, 1, "the label is empty.");
            int start = fastText ? end + 1 : line.LastIndexOf('\t') + 1;
            string text = Unescape(line[start..]);
            if (string.IsNullOrWhiteSpace(text)) throw new DataFormatException(path, reader.LineNumber, start + 1, "the text is empty.");
            take(reader.LineNumber, label, text);
        }
    }

    private static string Decode(ReadOnlySpan<byte> line, string path, long number)
    {
        try
        {
            return Strict.GetString(line);
        }
        catch (DecoderFallbackException e)
        {
            throw new DataFormatException(path, number, 0, $"the line is not UTF-8: {e.Message}", e);
        }
    }

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        StringBuilder plain = new(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            char next = text[at] == '\\' && at + 1 < text.Length ? text[at + 1] : '\0';
            char meant = next switch { 'n' => '\n', 't' => '\t', '\\' => '\\', _ => '\0' };
            if (meant == '\0')
            {
                plain.Append(text[at]);
                continue;
            }

            plain.Append(meant);
            at++;
        }

        return plain.ToString();
    }
}
