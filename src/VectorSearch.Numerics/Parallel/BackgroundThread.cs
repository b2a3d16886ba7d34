using System.Runtime.InteropServices;

namespace VectorSearch.Numerics;

/// <summary>
/// Threads of their own for long work. They are not the pool's, which calls need and which notices only after half a second
/// that it is short of one; and on Linux the scheduler gives them a third of what it gives a thread that competes with
/// them. Where nothing competes they are as fast as any.
/// </summary>
public static partial class BackgroundThread
{
    /// <summary>The scheduler's weight of a thread falls by a fifth with each step.</summary>
    private const int Niceness = 5;

    private const int ThisThread = 0;

    /// <summary>Runs work to its end.</summary>
    public static Task Run(Action work) => Run(work, Niceness);

    /// <summary>Runs work to its end and gives its result.</summary>
    public static async Task<T> Run<T>(Func<T> work)
    {
        T result = default!;
        await Run(() => { result = work(); }).ConfigureAwait(false);
        return result;
    }

    /// <summary>Runs work to its end on a thread that steps back so far: 0 not at all, 19 the farthest.</summary>
    internal static Task Run(Action work, int niceness) => Task.Factory.StartNew(
        () =>
        {
            // A refusal leaves the thread as it is, which is no fault.
            if (OperatingSystem.IsLinux()) _ = SetPriority(ThisThread, ThisThread, niceness);
            else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
            work();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler, TaskScheduler.Default);

    // On Linux the id 0 is the calling thread, not its process.
    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, uint id, int priority);
}
