using System.Globalization;

namespace VectorSearch.Cli.Torture;

/// <summary>What the threads of a process do, as Linux tells it: whether one that gives no answer works or waits.</summary>
internal static class ProcessThreads
{
    /// <summary>Fields of <c>/proc/PID/task/TID/stat</c> behind the name, which may hold anything but ends at the last ')'.</summary>
    private const int State = 0, UserTicks = 11, SystemTicks = 12;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private sealed record Seen(string Name, string State, long Ticks);

    /// <summary>A line for each thread: its name, its state, and the ticks of CPU (100 a second) it took in a second. Nothing where that is not told.</summary>
    public static async Task<IReadOnlyList<string>> DescribeAsync(int process)
    {
        string tasks = $"/proc/{process.ToString(CultureInfo.InvariantCulture)}/task";
        Dictionary<string, Seen> first = Look(tasks);
        await Task.Delay(Between);
        Dictionary<string, Seen> second = Look(tasks);
        return [.. second
            .Select(thread => (thread.Key, thread.Value, Took: thread.Value.Ticks - Before(thread.Key, thread.Value)))
            .OrderByDescending(thread => thread.Took)
            .Select(thread => string.Create(CultureInfo.InvariantCulture, $"thread {thread.Key} ({thread.Value.Name}): {thread.Value.State}, {thread.Took} ticks in a second"))];

        // A number that was given to another thread meanwhile tells nothing of this one.
        long Before(string number, Seen now) => first.TryGetValue(number, out Seen? before) && before.Ticks <= now.Ticks ? before.Ticks : 0;
    }

    private static Dictionary<string, Seen> Look(string tasks)
    {
        Dictionary<string, Seen> seen = [];
        try
        {
            foreach (string thread in Directory.Exists(tasks) ? Directory.GetDirectories(tasks) : [])
            {
                if (Read(Path.Combine(thread, "stat")) is { } found) seen[Path.GetFileName(thread)] = found;
            }
        }
        catch (DirectoryNotFoundException)
        {
            return seen; // the process has ended
        }

        return seen;
    }

    private static Seen? Read(string file)
    {
        try
        {
            string stat = File.ReadAllText(file);
            int end = stat.LastIndexOf(')');
            string[] fields = stat[(end + 2)..].Split(' ');
            long ticks = long.Parse(fields[UserTicks], CultureInfo.InvariantCulture) + long.Parse(fields[SystemTicks], CultureInfo.InvariantCulture);
            return new Seen(stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end], fields[State], ticks);
        }
        catch (IOException)
        {
            return null; // the thread has ended
        }
    }
}
