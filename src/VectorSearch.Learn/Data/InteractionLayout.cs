using System.Text;

namespace VectorSearch.Learn;

/// <summary>What the first lines of a file of interactions tell about the rest.</summary>
internal readonly record struct InteractionLayout(
    InteractionFormat Format, byte Delimiter, bool HasHeader, bool NumericUsers, bool NumericItems)
{
    private const int SampleLines = 200;
    private const int MostRowFields = 4;

    /// <summary>Copies of the first lines.</summary>
    public static List<byte[]> Sample(ByteLineReader lines)
    {
        List<byte[]> sample = [];
        while (sample.Count < SampleLines && lines.TryReadLine(out ReadOnlySpan<byte> line)) sample.Add(line.ToArray());
        return sample;
    }

    /// <summary>
    /// Commas make CSV. Else a line of one or of more than four fields, or the lack of any user with two lines, makes
    /// adjacency; lines of two fields mean the same either way.
    /// </summary>
    public static InteractionLayout Detect(List<byte[]> sample, InteractionFormat wanted, string path)
    {
        List<string[]> rows = [];
        bool comma = wanted == InteractionFormat.Csv;
        bool header = false;
        for (int n = 0; n < sample.Count; n++)
        {
            string line = Encoding.UTF8.GetString(sample[n]).Trim('\uFEFF', ' ', '\t');
            if (line.Length == 0) continue;
            if (rows.Count == 0 && !header)
            {
                comma |= wanted == InteractionFormat.Auto && line.Contains(',', StringComparison.Ordinal);
                header = line.StartsWith("user", StringComparison.OrdinalIgnoreCase);
                if (header && n > 0) throw new DataFormatException(path, n + 1, 1, "a header is expected in the first line only.");
                if (header) continue;
            }

            rows.Add(comma ? line.Split(',') : line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
        }

        InteractionFormat format = comma ? InteractionFormat.Csv
            : wanted != InteractionFormat.Auto ? wanted
            : header || LooksLikeRows(rows) ? InteractionFormat.Rows : InteractionFormat.Adjacency;
        int itemFields = format == InteractionFormat.Adjacency ? int.MaxValue : 1;
        return new InteractionLayout(
            format, comma ? (byte)',' : (byte)0, header,
            rows.TrueForAll(row => IsNumber(Encoding.UTF8.GetBytes(row[0]))),
            rows.TrueForAll(row => row.Skip(1).Take(itemFields).All(field => IsNumber(Encoding.UTF8.GetBytes(field)))));
    }

    /// <summary>True for ASCII digits only.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> field) => !field.IsEmpty && !field.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private static bool LooksLikeRows(List<string[]> rows)
    {
        if (rows.Exists(row => row.Length is 1 or > MostRowFields)) return false;
        if (rows.Exists(row => row.Length > 2 && row[2].Contains('.', StringComparison.Ordinal))) return true;
        HashSet<string> users = new(StringComparer.Ordinal);
        return rows.Exists(row => !users.Add(row[0]));
    }
}
