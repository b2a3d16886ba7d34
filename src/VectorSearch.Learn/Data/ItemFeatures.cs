using System.Security.Cryptography;
using System.Text;

namespace VectorSearch.Learn;

/// <summary>What is known of items besides who watched them (genres, tags), by item id. Immutable.</summary>
public sealed class ItemFeatures
{
    private readonly SortedDictionary<string, string[]> _features = new(StringComparer.Ordinal);

    /// <summary>Takes the features of each item; an item may come several times, a feature counts once.</summary>
    /// <exception cref="ArgumentException">A feature is empty; the message names its item.</exception>
    public ItemFeatures(IEnumerable<(string Item, string Feature)> pairs)
    {
        foreach (IGrouping<string, string> item in pairs.GroupBy(pair => pair.Item, pair => pair.Feature, StringComparer.Ordinal))
        {
            string[] names = [.. item.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (names[0].Length == 0) throw new ArgumentException($"A feature of item '{item.Key}' is empty: expected a name.", nameof(pairs));
            _features.Add(item.Key, names);
        }
    }

    /// <summary>The features of an item, in ordinal order; empty where nothing is known.</summary>
    public IReadOnlyCollection<string> Of(string item) => _features.TryGetValue(item, out string[]? names) ? names : [];

    /// <summary>Genres as <c>genre:NAME</c> and tags as <c>tag:NAME</c>.</summary>
    /// <param name="films">The films; a tag of another film is left out.</param>
    /// <param name="tags">The films of each tag (<see cref="FilmTags"/>); null for genres alone.</param>
    public static ItemFeatures OfFilms(FilmCatalog films, IReadOnlyDictionary<string, IReadOnlyCollection<string>>? tags = null)
    {
        IEnumerable<(string, string)> genres = films.Films.SelectMany(film => film.Genres, (film, genre) => (film.Id, "genre:" + genre));
        IEnumerable<(string, string)> tagged = (tags ?? new Dictionary<string, IReadOnlyCollection<string>>())
            .SelectMany(tag => tag.Value.Where(film => films.TryGet(film, out _)), (tag, film) => (film, "tag:" + tag.Key));
        return new ItemFeatures(genres.Concat(tagged));
    }

    /// <summary>SHA-256 over items and features: part of what names a checkpoint.</summary>
    public string ContentHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string item, string[] names) in _features)
        {
            foreach (string text in (string[])[item, .. names, ""]) hash.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
