namespace VectorSearch.Testing;

/// <summary>
/// How long a form a test runs in: reduced for every change, full under <c>./test.sh --full</c>, which sets
/// <c>VECTORSEARCH_FULL=1</c>.
/// </summary>
public static class TestScale
{
    /// <summary>True under <c>./test.sh --full</c>.</summary>
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("VECTORSEARCH_FULL") == "1";

    /// <summary>The number to use for rows, flips, kills or seconds in this run.</summary>
    public static T Pick<T>(T reduced, T full) => IsFull ? full : reduced;
}
