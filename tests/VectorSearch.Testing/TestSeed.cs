using System.Globalization;

namespace VectorSearch.Testing;

/// <summary>
/// Seeds of randomised tests: fixed by default so that a failure repeats, and taken from <c>VECTORSEARCH_SEED</c> when
/// that is set. A test puts <see cref="Describe"/> into its failure message.
/// </summary>
public static class TestSeed
{
    private const ulong Default = 20261123;

    /// <summary>The seed of this run.</summary>
    public static ulong Value { get; } =
        Environment.GetEnvironmentVariable("VECTORSEARCH_SEED") is { Length: > 0 } text
            ? ulong.Parse(text, CultureInfo.InvariantCulture)
            : Default;

    /// <summary>A generator for one test: the run's seed and the test's own salt.</summary>
    public static Random Random(int salt = 0) => new(unchecked((int)(Value * 2654435761UL) + salt));

    /// <summary>How to run the same again.</summary>
    public static string Describe => $"seed {Value} (repeat with VECTORSEARCH_SEED={Value})";
}
