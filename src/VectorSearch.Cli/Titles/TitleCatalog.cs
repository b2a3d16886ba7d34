using System.Globalization;
using System.Text;

namespace VectorSearch.Cli;

/// <summary>
/// Finds an item by its title, and names the titles that come nearest when there is none. Nearness is the share of
/// common character trigrams (Jaccard), which forgives a typing error anywhere in the title.
/// </summary>
internal sealed class TitleCatalog
{
    private const int SuggestionCount = 3;
    private const double LeastSimilarity = 0.15;

    private readonly Dictionary<string, ulong> _byTitle = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Title, HashSet<string> Trigrams)> _titles = [];

    /// <summary>Titles it holds.</summary>
    public int Count => _titles.Count;

    /// <summary>Adds an item; of two with the same title the first is found by it.</summary>
    public void Add(string title, ulong id)
    {
        if (_byTitle.TryAdd(title, id)) _titles.Add((title, Trigrams(title)));
    }

    /// <summary>The item of this title; the year may be left out when only one film has the name.</summary>
    /// <exception cref="CliException">There is none; the message names the nearest titles.</exception>
    public ulong Find(string title)
    {
        if (_byTitle.TryGetValue(title, out ulong id)) return id;
        List<string> sameName = [.. _titles.Where(entry => WithoutYear(entry.Title).Equals(title.Trim(), StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Title)];
        if (sameName.Count == 1) return _byTitle[sameName[0]];

        IReadOnlyList<string> near = sameName.Count > 1 ? sameName : Nearest(title);
        string hint = near.Count == 0 ? "Nothing here has a title like it." : $"Did you mean {string.Join(", ", near.Select(one => $"\"{one}\""))}?";
        throw new CliException($"There is no title \"{title}\" among {_titles.Count.ToString("N0", CultureInfo.InvariantCulture)}. {hint}");
    }

    /// <summary>The nearest titles, the nearest first.</summary>
    public IReadOnlyList<string> Nearest(string title)
    {
        HashSet<string> wanted = Trigrams(title);
        return [.. _titles
            .Select(entry => (entry.Title, Similarity: Jaccard(wanted, entry.Trigrams)))
            .Where(entry => entry.Similarity >= LeastSimilarity)
            .OrderByDescending(entry => entry.Similarity)
            .ThenBy(entry => entry.Title, StringComparer.Ordinal)
            .Take(SuggestionCount)
            .Select(entry => entry.Title)];
    }

    private static string WithoutYear(string title)
    {
        int open = title.LastIndexOf('(');
        return open > 0 && title.EndsWith(')') ? title[..open].TrimEnd() : title;
    }

    private static HashSet<string> Trigrams(string title)
    {
        StringBuilder letters = new(" ");
        foreach (char c in WithoutYear(title))
        {
            if (char.IsLetterOrDigit(c)) letters.Append(char.ToLowerInvariant(c));
            else if (letters[^1] != ' ') letters.Append(' ');
        }

        if (letters[^1] != ' ') letters.Append(' ');
        string text = letters.ToString();
        HashSet<string> trigrams = new(StringComparer.Ordinal);
        for (int i = 0; i + 3 <= text.Length; i++) trigrams.Add(text.Substring(i, 3));
        return trigrams;
    }

    private static double Jaccard(HashSet<string> a, HashSet<string> b)
    {
        int common = a.Count(b.Contains);
        return common == 0 ? 0 : (double)common / (a.Count + b.Count - common);
    }
}
