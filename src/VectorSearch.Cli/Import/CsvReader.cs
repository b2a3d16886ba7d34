using System.Text;

namespace VectorSearch.Cli.Import;

/// <summary>
/// Records of a file of comma-separated values (RFC 4180): fields in quotes may hold commas, line ends and doubled quotes.
/// The file is read as it is asked for.
/// </summary>
internal static class CsvReader
{
    private const int MaxRecordChars = 1 << 24;

    /// <summary>Reads record after record, with the number of the line that each begins on. Empty lines are passed over.</summary>
    /// <exception cref="CliException">A quote is never closed, or a record is longer than 16 Mi characters.</exception>
    public static IEnumerable<(int Line, string[] Cells)> Read(string path)
    {
        using StreamReader reader = new(path);
        List<string> cells = [];
        StringBuilder cell = new();
        int line = 0;
        while (reader.ReadLine() is { } text)
        {
            int first = ++line;
            if (text.Length == 0) continue;
            cells.Clear();
            cell.Clear();
            bool quoted = Split(text, cells, cell, quoted: false);
            while (quoted)
            {
                if (cell.Length > MaxRecordChars) throw new CliException($"{path}:{first}: a record of more than {MaxRecordChars} characters; is a quote missing?");
                cell.Append('\n');
                line++;
                quoted = Split(reader.ReadLine() ?? throw new CliException($"{path}:{first}: a quote is opened and never closed."), cells, cell, quoted: true);
            }

            yield return (first, [.. cells]);
        }
    }

    /// <summary>Splits a line; the last cell stays open if its quote does.</summary>
    /// <returns>True if the record goes on with the next line.</returns>
    private static bool Split(string text, List<string> cells, StringBuilder cell, bool quoted)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                cell.Append('"');
                i++;
            }
            else if (c == '"' && (quoted || cell.Length == 0))
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
            {
                cell.Append(c);
            }
        }

        if (quoted) return true;
        cells.Add(cell.ToString());
        cell.Clear();
        return false;
    }
}
