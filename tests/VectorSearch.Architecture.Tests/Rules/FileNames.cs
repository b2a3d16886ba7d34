using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>A file is named by the concept it holds; a name that ends in one of these words holds anything.</summary>
public static partial class FileNames
{
    private static readonly HashSet<string> Code = [".cs", ".py", ".js", ".ts"];
    private static readonly HashSet<string> Catchalls =
        ["util", "utils", "utility", "utilities", "helper", "helpers", "types", "common", "misc", "stuff"];

    [GeneratedRegex("[_.-]|(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordBoundary();

    public static IEnumerable<Violation> Check(SourceFile file)
    {
        string word = WordBoundary().Split(file.Stem)[^1];
        if (Code.Contains(file.Extension) && Catchalls.Contains(word.ToLowerInvariant()))
        {
            yield return new(file.Path, 1, $"'{word}' names no concept; call the file by what it holds");
        }
    }
}
