namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>A file is one room: at most 500 lines, tests 600. Generated files are not tracked.</summary>
public static class FileLength
{
    public const int MaxLines = 500;
    public const int MaxTestLines = 600;

    private static readonly HashSet<string> Code = [".cs", ".py", ".js", ".ts", ".rb", ".go", ".java", ".cc", ".sh", ".html", ".css", ".proto"];

    public static IEnumerable<Violation> Check(SourceFile file)
    {
        if (!Code.Contains(file.Extension)) yield break;

        bool isTest = file.Path.Split('/') is [.. var folders, _] && folders.Any(folder => folder is "tests" or "test");
        int limit = isTest ? MaxTestLines : MaxLines;
        int lines = file.Text.AsSpan().TrimEnd('\n').Count('\n') + 1;
        if (lines > limit) yield return new(file.Path, limit + 1, $"{lines} lines; at most {limit}: split it by concept");
    }
}
