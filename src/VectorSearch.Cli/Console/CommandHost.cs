using System.CommandLine;
using Spectre.Console;

namespace VectorSearch.Cli;

/// <summary>
/// Runs the program: expected faults become one line on standard error and exit code 1, Ctrl-C becomes 130, and only
/// what nobody expected shows a stack trace.
/// </summary>
internal static class CommandHost
{
    private const int RedirectedWidth = 160;
    private const int ExitFault = 1;
    private const int ExitUnexpected = 70;
    private const int ExitCancelled = 130;

    /// <summary>How long a command may take to end after Ctrl-C before the program is ended for it.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        if (Console.IsOutputRedirected) WritePlain();
        InvocationConfiguration configuration = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = CancelGrace };
        try
        {
            return await root.Parse(args).InvokeAsync(configuration);
        }
        catch (Exception fault) when (IsCancellation(fault))
        {
            Console.Error.WriteLine("Stopped.");
            return ExitCancelled;
        }
        catch (Exception fault) when (ExpectedFaults.Describe(fault) is { } message)
        {
            WriteError(message);
            return ExitFault;
        }
        catch (Exception fault)
        {
            WriteError("This is a defect of vectorsearch, please report it with what follows.");
            Console.Error.WriteLine(fault);
            return ExitUnexpected;
        }
    }

    /// <summary>Whether the work stopped because it was asked to; every worker of a parallel loop says so for itself.</summary>
    private static bool IsCancellation(Exception fault) =>
        fault is OperationCanceledException || (fault is AggregateException several && several.InnerExceptions.All(IsCancellation));

    /// <summary>A file or a pipe gets text without colours, and lines that are not broken at the width of a terminal.</summary>
    private static void WritePlain()
    {
        Profile profile = AnsiConsole.Profile;
        profile.Capabilities.Ansi = false;
        profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        profile.Capabilities.Interactive = false;
        profile.Width = RedirectedWidth;
    }

    private static void WriteError(string message)
    {
        IAnsiConsole error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        error.Profile.Width = int.MaxValue;
        if (Console.IsErrorRedirected) error.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        error.MarkupLineInterpolated($"[red]error:[/] {message}");
    }
}
