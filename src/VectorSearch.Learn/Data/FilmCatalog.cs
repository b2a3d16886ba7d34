using System.Diagnostics.CodeAnalysis;

namespace VectorSearch.Learn;

/// <summary>What is known of a film besides who watched it.</summary>
/// <param name="Id">Its id, as in the file of ratings.</param>
/// <param name="Title">Title, with the year in brackets where MovieLens has one.</param>
/// <param name="Genres">Genres; empty where none are listed.</param>
public sealed record Film(string Id, string Title, IReadOnlyList<string> Genres);

/// <summary>The films of a MovieLens <c>movies.csv</c>: <c>movieId,title,genres</c> with genres split by <c>|</c>.</summary>
public sealed class FilmCatalog
{
    private const string NoGenres = "(no genres listed)";

    private readonly Dictionary<string, Film> _films;

    private FilmCatalog(Dictionary<string, Film> films) => _films = films;

    /// <summary>All films, in the order of the file.</summary>
    public IReadOnlyCollection<Film> Films => _films.Values;

    /// <summary>The film of an id; false when the catalogue lacks it.</summary>
    public bool TryGet(string id, [NotNullWhen(true)] out Film? film) => _films.TryGetValue(id, out film);

    /// <summary>Reads a <c>movies.csv</c>.</summary>
    /// <exception cref="DataFormatException">The file cannot be read; says where and what was expected.</exception>
    public static FilmCatalog Read(string path)
    {
        try
        {
            using StreamReader reader = new(path);
            return new FilmCatalog(Read(new CsvRecordReader(reader, path), path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }
    }

    private static Dictionary<string, Film> Read(CsvRecordReader records, string path)
    {
        List<string> header = records.Read() ?? throw new DataFormatException(path, 0, 0, "is empty: expected the header movieId,title,genres.");
        if (header is not ["movieId", "title", "genres"])
            throw new DataFormatException(path, 1, 1, $"the header is '{string.Join(',', header)}': expected movieId,title,genres.");
        Dictionary<string, Film> films = new(StringComparer.Ordinal);
        while (records.Read() is { } fields)
        {
            if (fields.Count != 3)
                throw new DataFormatException(path, records.Line, 0, $"has {fields.Count} fields: expected movieId, title and genres.");
            if (fields[0].Length == 0) throw new DataFormatException(path, records.Line, 1, "the movieId is empty.");
            string[] genres = fields[2] == NoGenres ? [] : fields[2].Split('|', StringSplitOptions.RemoveEmptyEntries);
            if (!films.TryAdd(fields[0], new Film(fields[0], fields[1], genres)))
                throw new DataFormatException(path, records.Line, 1, $"movieId '{fields[0]}' comes twice.");
        }

        return films;
    }
}
