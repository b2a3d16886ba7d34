namespace VectorSearch.Architecture.Tests;

/// <summary>What each rule's test says: the repository has no violation, and the bad example has.</summary>
public static class Obey
{
    public static void Rule(Func<SourceFile, IEnumerable<Violation>> rule)
    {
        Assert.NotEmpty(Repository.Files);
        None(Repository.Files.SelectMany(rule));
    }

    public static void None(IEnumerable<Violation> violations)
    {
        string[] found = [.. violations.Select(violation => violation.ToString())];
        Assert.True(found.Length == 0, $"{found.Length} violation(s):\n{string.Join('\n', found)}");
    }
}
