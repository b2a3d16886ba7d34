using VectorSearch.Index;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Cli.Bench;

/// <summary>Turns the expected faults of a bench command into one line and an exit code.</summary>
internal static class BenchErrors
{
    /// <summary>The exit code of a command that was asked for something wrong.</summary>
    private const int BadInput = 2;

    public static int Report(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (Exception fault) when (fault is ArgumentException or VectorFormatException or IndexFormatException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(fault.Message);
            return BadInput;
        }
    }
}
