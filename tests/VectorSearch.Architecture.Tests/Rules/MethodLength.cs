using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>A method is at most 70 lines from its opening to its closing brace. SIMD kernels and tests are exempt.</summary>
public static partial class MethodLength
{
    public const int MaxLines = 70;

    // A block whose header declares a type or namespace holds methods; the first block below it is one.
    [GeneratedRegex(@"\b(class|struct|interface|record|namespace|enum|extension)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex TypeHeader();

    public static IEnumerable<Violation> Check(SourceFile file)
    {
        bool isProduct = file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Extension == ".cs";
        if (!isProduct || file.Path.StartsWith("src/VectorSearch.Numerics/", StringComparison.Ordinal)) yield break;

        string code = CSharpText.Blank(file.Text);
        var openings = new Stack<(int Offset, bool IsType)>();
        int headerStart = 0;
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] == '{')
            {
                openings.Push((i, TypeHeader().IsMatch(code[headerStart..i])));
            }
            else if (code[i] == '}' && openings.TryPop(out (int Offset, bool IsType) block))
            {
                bool isMember = !block.IsType && (openings.Count == 0 || openings.Peek().IsType);
                int lines = file.LineAt(i) - file.LineAt(block.Offset) + 1;
                if (isMember && lines > MaxLines)
                {
                    yield return new(file.Path, file.LineAt(block.Offset), $"a member of {lines} lines; at most {MaxLines}");
                }
            }
            if (code[i] is '{' or '}' or ';') headerStart = i + 1;
        }
    }
}
