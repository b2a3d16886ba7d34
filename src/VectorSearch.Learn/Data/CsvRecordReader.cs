using System.Text;

namespace VectorSearch.Learn;

/// <summary>Records of a CSV file as RFC 4180 has them: quoted fields may hold commas, doubled quotes and line ends.</summary>
internal sealed class CsvRecordReader(TextReader reader, string path)
{
    private long _nextLine = 1;

    /// <summary>Line on which the record read last begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The next record; null at the end. Blank lines are skipped.</summary>
    /// <exception cref="DataFormatException">A quote is not closed, or stands inside a plain field.</exception>
    public List<string>? Read()
    {
        string? line;
        do
        {
            line = reader.ReadLine();
            Line = _nextLine++;
        }
        while (line is { Length: 0 });
        return line is null ? null : Split(line);
    }

    private List<string> Split(string line)
    {
        List<string> fields = [];
        int at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                fields.Add(ReadQuoted(ref line, ref at));
            }
            else
            {
                int end = line.IndexOf(',', at);
                if (end < 0) end = line.Length;
                string field = line[at..end];
                int quote = field.IndexOf('"', StringComparison.Ordinal);
                if (quote >= 0) throw new DataFormatException(path, Line, at + quote + 1, "a quote inside a field that is not quoted.");
                fields.Add(field);
                at = end;
            }

            if (at >= line.Length) return fields;
            if (line[at] != ',') throw new DataFormatException(path, Line, at + 1, "text after a closing quote: expected a comma.");
            at++;
        }
    }

    private string ReadQuoted(ref string line, ref int at)
    {
        int opened = at++;
        StringBuilder field = new();
        while (true)
        {
            int quote = line.IndexOf('"', at);
            if (quote < 0)
            {
                field.Append(line, at, line.Length - at).Append('\n');
                line = reader.ReadLine()
                    ?? throw new DataFormatException(path, Line, opened + 1, "the quote that opens here is never closed.");
                _nextLine++;
                at = 0;
                continue;
            }

            field.Append(line, at, quote - at);
            at = quote + 1;
            if (at >= line.Length || line[at] != '"') return field.ToString();
            field.Append('"');
            at++;
        }
    }
}
