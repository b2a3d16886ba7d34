using System.Globalization;
using System.IO.Compression;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Map;

/// <summary>
/// What a table says of films beside the catalogue: tab-separated text with a header, plain or gzip, whose first column is the id.
/// Two attributes are read from it: the audience, from <c>mpaa</c>, and how big a film is, from budgets and grosses.
/// </summary>
internal sealed class FilmAttributes
{
    private static readonly string[] Money = ["tmdb_budget", "tmdb_revenue", "vega_budget", "vega_worldwide_gross", "budget", "gross", "revenue"];

    private readonly Dictionary<string, (double Adult, double Size)> _films = new(StringComparer.Ordinal);

    private FilmAttributes()
    {
    }

    /// <summary>Reads a table.</summary>
    /// <exception cref="DataFormatException">The file is not such a table; says where.</exception>
    public static FilmAttributes Read(string path)
    {
        using Stream file = Open(path);
        using StreamReader reader = new(file);
        string[] header = reader.ReadLine()?.Split('\t') ?? throw new DataFormatException(path, 0, 0, "is empty: expected a header line.");
        int audience = Array.IndexOf(header, "mpaa");
        int[] money = [.. Money.Select(name => Array.IndexOf(header, name)).Where(column => column >= 0)];
        if (audience < 0 && money.Length == 0)
            throw new DataFormatException(path, 1, 0, $"the header is '{string.Join(' ', header)}': expected a column mpaa, or one of {string.Join(", ", Money)}.");
        FilmAttributes attributes = new();
        long number = 1;
        while (reader.ReadLine() is { } line)
        {
            number++;
            string[] fields = line.Split('\t');
            if (fields.Length != header.Length) throw new DataFormatException(path, number, 0, $"has {fields.Length} fields: expected {header.Length}, as in the header.");
            attributes._films[fields[0]] = (audience < 0 ? double.NaN : Adult(fields[audience]), Size(money, fields, header, path, number));
        }

        return attributes;
    }

    /// <summary>1 for films made for adults (R, NC-17), 0 for films for the family (G, PG), NaN for others.</summary>
    public double AdultOf(string id) => _films.TryGetValue(id, out (double Adult, double Size) film) ? film.Adult : double.NaN;

    /// <summary>The mean logarithm of the sums of money known, in powers of ten; NaN when none is.</summary>
    public double SizeOf(string id) => _films.TryGetValue(id, out (double Adult, double Size) film) ? film.Size : double.NaN;

    private static double Adult(string rating) => rating switch
    {
        "G" or "PG" => 0,
        "R" or "NC-17" => 1,
        _ => double.NaN,
    };

    private static double Size(int[] columns, string[] fields, string[] header, string path, long line)
    {
        List<double> known = [];
        foreach (int column in columns)
        {
            if (fields[column].Length == 0) continue;
            if (!double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || value < 0)
                throw new DataFormatException(path, line, 0, $"{header[column]} is '{fields[column]}': expected a sum of money.");
            // Sums of a few dollars are typing errors or missing values.
            if (value >= 1000) known.Add(Math.Log10(value));
        }

        return known.Count == 0 ? double.NaN : known.Average();
    }

    private static Stream Open(string path)
    {
        FileStream file;
        try
        {
            file = File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }

        int first = file.ReadByte(), second = file.ReadByte();
        file.Position = 0;
        return first == 0x1f && second == 0x8b ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
