using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>A caught exception is handled, told or thrown again; a comment alone does none of these.</summary>
public static partial class SwallowedExceptions
{
    [GeneratedRegex(@"\bcatch\s*(\([^)]*\)\s*)?(when\s*\((?:[^()]|\([^()]*\))*\)\s*)?\{\s*;?\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"^\s*except\b[^\n]*:\s*(#[^\n]*)?\n?\s*(pass|\.\.\.)\s*(#[^\n]*)?$", RegexOptions.Multiline)]
    private static partial Regex EmptyExcept();

    public static IEnumerable<Violation> Check(SourceFile file)
    {
        IEnumerable<Match> found = file.Extension switch
        {
            ".cs" or ".js" or ".ts" or ".java" => EmptyCatch().Matches(CSharpText.Blank(file.Text)),
            ".py" => EmptyExcept().Matches(file.Text),
            _ => [],
        };
        return found.Select(match => new Violation(file.Path, file.LineAt(match.Index), "empty catch: handle it, tell it or let it pass"));
    }
}
