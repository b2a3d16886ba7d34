using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>Nothing is left for later in the code, and no test is switched off.</summary>
public static partial class UnfinishedWork
{
    private static readonly HashSet<string> Code =
        [".cs", ".proto", ".py", ".js", ".ts", ".rb", ".go", ".java", ".cc", ".sh", ".html", ".css", ".csproj", ".props"];

    // Written with character classes so that this file doesn't match itself.
    [GeneratedRegex(@"\b[T]ODO\b|\b[F]IXME\b|\b[H]ACK\b|\b[N]otImplementedException\b|\b[S]kip\s*=\s*[""$@n]|\bt\.[s]kip\(|@unittest\.[s]kip\b")]
    private static partial Regex Mark();

    public static IEnumerable<Violation> Check(SourceFile file) => Code.Contains(file.Extension)
        ? Mark().Matches(file.Text).Select(match => new Violation(file.Path, file.LineAt(match.Index), $"'{match.Value}': finish it or leave it out"))
        : [];
}
