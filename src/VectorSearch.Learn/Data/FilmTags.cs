namespace VectorSearch.Learn;

/// <summary>Free-text tags of films as in a MovieLens <c>tags.csv</c>: <c>userId,movieId,tag,timestamp</c>.</summary>
public static class FilmTags
{
    /// <summary>Reads which films carry each tag, whoever gave it. Tags are compared in lower case.</summary>
    /// <param name="path">The file.</param>
    /// <param name="minFilms">Tags on fewer films are left out: a tag of one film relates it to nothing.</param>
    /// <exception cref="DataFormatException">The file cannot be read; says where and what was expected.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> Read(string path, int minFilms = 2)
    {
        try
        {
            using StreamReader reader = new(path);
            return Read(new CsvRecordReader(reader, path), path)
                .Where(pair => pair.Value.Count >= minFilms)
                .ToDictionary(pair => pair.Key, pair => (IReadOnlyCollection<string>)pair.Value, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFormatException(path, 0, 0, $"cannot be opened: {e.Message}", e);
        }
    }

    private static Dictionary<string, HashSet<string>> Read(CsvRecordReader records, string path)
    {
        List<string> header = records.Read() ?? throw new DataFormatException(path, 0, 0, "is empty: expected the header userId,movieId,tag,timestamp.");
        if (header is not ["userId", "movieId", "tag", "timestamp"])
            throw new DataFormatException(path, 1, 1, $"the header is '{string.Join(',', header)}': expected userId,movieId,tag,timestamp.");
        Dictionary<string, HashSet<string>> films = new(StringComparer.Ordinal);
        while (records.Read() is { } fields)
        {
            if (fields.Count != 4) throw new DataFormatException(path, records.Line, 0, $"has {fields.Count} fields: expected userId, movieId, tag and timestamp.");
            string tag = fields[2].Trim().ToLowerInvariant();
            if (tag.Length == 0) throw new DataFormatException(path, records.Line, 3, "the tag is empty.");
            if (!films.TryGetValue(tag, out HashSet<string>? tagged)) films[tag] = tagged = new HashSet<string>(StringComparer.Ordinal);
            tagged.Add(fields[1]);
        }

        return films;
    }
}
