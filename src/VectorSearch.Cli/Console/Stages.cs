using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace VectorSearch.Cli;

/// <summary>How far a stage is, 0 to 1, and what it is doing right now.</summary>
internal readonly record struct StageProgress(double Fraction, string Detail);

/// <summary>
/// Runs the stages of a long command one after another: each shows a progress line while it works, and the time of each
/// can be printed at the end.
/// </summary>
internal sealed class Stages(IAnsiConsole console)
{
    private readonly List<(string Name, TimeSpan Time, string Outcome)> _done = [];

    /// <summary>Runs one stage.</summary>
    /// <param name="name">What it does, in a few words.</param>
    /// <param name="work">The work; it reports its progress.</param>
    /// <param name="outcome">What came of it, in a few words.</param>
    public async Task<T> RunAsync<T>(string name, Func<IProgress<StageProgress>, Task<T>> work, Func<T, string> outcome)
    {
        long start = Stopwatch.GetTimestamp();
        T result = await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(name), maxValue: 1);
                return work(new TaskProgress(name, task));
            });
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        _done.Add((name, time, outcome(result)));
        console.MarkupLineInterpolated($"[green]✓[/] {name} [grey]{Seconds(time)}[/]  {_done[^1].Outcome}");
        return result;
    }

    /// <summary>Prints the time of each stage and of all together.</summary>
    public void WriteTimes()
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumn("stage").AddColumn(new TableColumn("time").RightAligned()).AddColumn("outcome");
        foreach ((string name, TimeSpan time, string outcome) in _done) table.AddRow(Markup.Escape(name), Seconds(time), Markup.Escape(outcome));
        TimeSpan all = _done.Aggregate(TimeSpan.Zero, (sum, stage) => sum + stage.Time);
        table.AddRow("[bold]all[/]", $"[bold]{Seconds(all)}[/]", "");
        console.Write(table);
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    /// <summary>Reports on the calling thread: the line never lags behind the work.</summary>
    private sealed class TaskProgress(string name, ProgressTask task) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            task.Value = Math.Clamp(value.Fraction, 0, 1);
            if (value.Detail.Length > 0) task.Description = Markup.Escape($"{name}: {value.Detail}");
        }
    }
}
