using System.Text.RegularExpressions;

namespace VectorSearch.Architecture.Tests.Rules;

/// <summary>SIMD is written in VectorSearch.Numerics only, so that every kernel has its scalar twin and its tests there.</summary>
public static partial class IntrinsicsHome
{
    [GeneratedRegex(@"\bSystem\.(?:Runtime\.Intrinsics|Numerics\.Tensors)\b|\bVector(?:64|128|256|512)(?:\.|<)|\bTensorPrimitives\.")]
    private static partial Regex Simd();

    public static IEnumerable<Violation> Check(SourceFile file)
    {
        bool isElsewhere = file.Path.StartsWith("src/", StringComparison.Ordinal)
            && !file.Path.StartsWith("src/VectorSearch.Numerics/", StringComparison.Ordinal);
        if (!isElsewhere || file.Extension != ".cs") return [];
        return Simd().Matches(CSharpText.Blank(file.Text))
            .Select(match => new Violation(file.Path, file.LineAt(match.Index), $"'{match.Value}' belongs in VectorSearch.Numerics"));
    }
}
