using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>
/// A project under src/ references only what its row in ARCHITECTURE.md names. The table is the rule, so the page
/// cannot drift from the code.
/// </summary>
public static partial class ProjectArrows
{
    private const string Prefix = "VectorSearch.";

    [GeneratedRegex(@"^\| `VectorSearch\.(?<name>[\w.]+)` \|[^|]*\|(?<arrows>[^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    /// <summary>Project → the projects it may reference, both without the common prefix.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Read(string architecture)
    {
        Match[] rows = Row().Matches(architecture).ToArray();
        HashSet<string> names = [.. rows.Select(row => row.Groups["name"].Value)];
        return rows.ToDictionary(row => row.Groups["name"].Value, row => (IReadOnlySet<string>)row.Groups["arrows"].Value
            .Split([',', ';'], StringSplitOptions.TrimEntries)
            .Where(names.Contains)
            .ToHashSet());
    }

    public static IEnumerable<Violation> Check(SourceFile file, IReadOnlyDictionary<string, IReadOnlySet<string>> arrows)
    {
        if (!file.Path.StartsWith("src/", StringComparison.Ordinal) || file.Extension != ".csproj") yield break;

        string name = file.Stem[Prefix.Length..];
        if (!arrows.TryGetValue(name, out IReadOnlySet<string>? allowed))
        {
            yield return new(file.Path, 1, "has no row in the table of ARCHITECTURE.md; add one that says what it may reference");
            yield break;
        }
        foreach (XElement reference in XDocument.Parse(file.Text).Descendants("ProjectReference"))
        {
            string target = reference.Attribute("Include")!.Value.Replace('\\', '/');
            string referenced = Path.GetFileNameWithoutExtension(target);
            if (!referenced.StartsWith(Prefix, StringComparison.Ordinal) || !allowed.Contains(referenced[Prefix.Length..]))
            {
                yield return new(file.Path, 1, $"references {referenced}; ARCHITECTURE.md allows [{string.Join(", ", allowed)}]");
            }
        }
    }
}
