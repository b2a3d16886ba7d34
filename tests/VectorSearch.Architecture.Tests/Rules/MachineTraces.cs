using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>Nothing tracked depends on one machine's folders or on where packages were fetched from.</summary>
public static partial class MachineTraces
{
    // Written with character classes so that this file doesn't match itself. A registry's host comes in through lock
    // files; npm leaves it out with omit-lockfile-registry-resolved.
    [GeneratedRegex(@"(?<![\w.:/*-])/(?:[w]ork|[r]oot|[h]ome/\w+|[U]sers/\w+)/|\b[A-Z]:\\[U]sers\\"
        + @"|\b[r]egistry\.(?:npmjs\.org|yarnpkg\.com)|\b[a]pi\.nuget\.org|\b[f]iles\.pythonhosted\.org|\b[p]roxy\.golang\.org")]
    private static partial Regex Trace();

    public static IEnumerable<Violation> Check(SourceFile file) => Trace().Matches(file.Text)
        .Select(match => new Violation(file.Path, file.LineAt(match.Index), $"'{match.Value}' names a machine's folder or a package registry"));
}
