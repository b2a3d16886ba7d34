namespace VectorSearch.Cli;

/// <summary>
/// Runs a command whose options are checked by the library below it: what that library calls a bad argument is, here,
/// something the user typed.
/// </summary>
internal static class BadOptions
{
    /// <summary>Runs and returns exit code 0.</summary>
    /// <exception cref="CliException">An option is wrong, or what it asks for does not fit the memory.</exception>
    public static int Report(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (Exception fault) when (First(fault) is ArgumentException or KeyNotFoundException or InsufficientMemoryException)
        {
            throw new CliException(First(fault).Message, fault);
        }
    }

    private static Exception First(Exception fault) =>
        fault is AggregateException { InnerExceptions: [var first, ..] } ? First(first) : fault;
}
