using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>A link from a page to a file of the repository leads somewhere.</summary>
public static partial class MarkdownLinks
{
    [GeneratedRegex(@"\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex(@"^(?<fence>`{3,}).*?^\k<fence>|`[^`\n]+`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Verbatim();

    /// <param name="file">The page.</param>
    /// <param name="paths">Every tracked path.</param>
    public static IEnumerable<Violation> Check(SourceFile file, IReadOnlyCollection<string> paths)
    {
        if (file.Extension != ".md") yield break;

        string text = Verbatim().Replace(file.Text, match => new string([.. match.Value.Select(c => c == '\n' ? '\n' : ' ')]));
        foreach (Match match in Link().Matches(text))
        {
            string target = Uri.UnescapeDataString(match.Groups["target"].Value.Split('#')[0]);
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)
                || target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            string path = Resolve(file.Path, target);
            bool exists = path.Length == 0 || paths.Any(known =>
                known == path || known.StartsWith(path + '/', StringComparison.Ordinal));
            if (!exists) yield return new(file.Path, file.LineAt(match.Index), $"the link to {target} leads nowhere");
        }
    }

    private static string Resolve(string page, string target)
    {
        // From an invented root, so that '..' is worked out and what leaves the repository matches no path.
        string folder = target.StartsWith('/') ? "/repository" : Path.Combine("/repository", Path.GetDirectoryName(page)!);
        string full = Path.GetFullPath(Path.Combine(folder, target.TrimStart('/'))).Replace('\\', '/').TrimEnd('/');
        int start = full.IndexOf("/repository", StringComparison.Ordinal);
        return start < 0 ? full : full[(start + "/repository".Length)..].TrimStart('/');
    }
}
