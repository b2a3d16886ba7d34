using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>C# as structure only: comments, strings and characters are overwritten by spaces, offsets and lines stay.</summary>
public static partial class CSharpText
{
    // In this order: a raw string before an empty one, a verbatim string before an ordinary one. An interpolation that
    // itself holds quotes ends its string early; what leaks is then an expression, which no rule takes for structure.
    [GeneratedRegex("""
        //[^\n]*
        | /\*.*?\*/
        | (?<raw>"{3,})(?:.*?)\k<raw>
        | (?:\$@|@\$|@)"(?:[^"]|"")*"
        | "(?:\\.|[^"\\\n])*"
        | '(?:\\[^\n]{1,9}?|[^'\\\n])'
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex NotCode();

    public static string Blank(string text) =>
        NotCode().Replace(text, match => string.Create(match.Length, match.Value, (span, value) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = value[i] == '\n' ? '\n' : ' ';
        }));
}
