using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary>Turns the expected faults of learning into one line on standard error and an exit code.</summary>
internal static class LearnErrors
{
    /// <summary>Exit code of bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Exit code of a run that was cancelled: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;

    /// <summary>Runs and returns the exit code.</summary>
    public static int Report(Action run)
    {
        try
        {
            run();
            return 0;
        }
        catch (Exception e) when (Expected(e) is { } known)
        {
            Console.Error.WriteLine();
            Console.Error.WriteLine($"error: {known.Message}");
            return BadInput;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine();
            Console.Error.WriteLine("cancelled");
            return Cancelled;
        }
    }

    private static Exception? Expected(Exception e) => e switch
    {
        AggregateException many when many.InnerExceptions.Count > 0 => Expected(many.InnerExceptions[0]),
        DataFormatException or DataLeakException or LearningException or ModelFileException or ArgumentException or IOException
            or UnauthorizedAccessException or KeyNotFoundException or InsufficientMemoryException => e,
        _ => null,
    };
}
