using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>The solution holds every project, and every project it names is there; a project outside it is never built.</summary>
public static partial class SolutionContents
{
    [GeneratedRegex(@"^Project\([^)]*\) = ""[^""]*"", ""(?<path>[^""]*\.csproj)""", RegexOptions.Multiline)]
    private static partial Regex Entry();

    public static IEnumerable<Violation> Check(SourceFile solution, IReadOnlyCollection<string> paths)
    {
        string[] listed = [.. Entry().Matches(solution.Text).Select(match => match.Groups["path"].Value.Replace('\\', '/'))];
        string[] present = [.. paths.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal))];
        return present.Except(listed).Select(path => new Violation(path, 1, $"is not in {solution.Path}; dotnet sln add it"))
            .Concat(listed.Except(present).Select(path => new Violation(solution.Path, 1, $"names {path}, which is not there")));
    }
}
