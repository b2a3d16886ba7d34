using System.Runtime.InteropServices;

namespace VectorSearch.Collections;

/// <summary>Lets work in the background give way to queries when there are fewer cores than both want.</summary>
internal static partial class ThreadPriorities
{
    private const int PrioProcess = 0;
    private const int Background = 10;

    /// <summary>
    /// Lowers the calling thread, which must end with its work. On Linux by its nice value, which a thread has of its own
    /// there: the runtime leaves priorities alone. Where that is not allowed the work only competes more.
    /// </summary>
    public static void LowerOwn()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(PrioProcess, 0, Background);
        else Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
