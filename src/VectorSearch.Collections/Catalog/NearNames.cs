namespace VectorSearch.Collections;

/// <summary>Names that a caller may have meant.</summary>
internal static class NearNames
{
    private const int MaxSuggestions = 3;

    /// <summary>A sentence with the nearest names, or empty if none is near.</summary>
    public static string Suggest(string name, IEnumerable<string> known)
    {
        string[] near = [.. known
            .Select(candidate => (Name: candidate, Distance: EditDistance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(candidate => candidate.Distance <= Math.Max(2, name.Length / 3) || candidate.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Take(MaxSuggestions)
            .Select(candidate => $"'{candidate.Name}'")];
        return near.Length == 0 ? "" : $" Did you mean {string.Join(" or ", near)}?";
    }

    /// <summary>Levenshtein distance: fewest insertions, deletions and replacements.</summary>
    internal static int EditDistance(string x, string y)
    {
        int[] row = [.. Enumerable.Range(0, y.Length + 1)];
        for (int i = 1; i <= x.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= y.Length; j++)
            {
                int replaced = diagonal + (x[i - 1] == y[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[y.Length];
    }
}
