using System.Diagnostics;
using System.Globalization;
using VectorSearch.Learn;

namespace VectorSearch.Cli.Learn;

/// <summary>
/// Progress of learning on standard error: one line that is rewritten on a terminal, a line every few seconds in a log.
/// Finished trials stay to be read.
/// </summary>
internal sealed class ConsoleProgress : IProgress<LearnProgress>
{
    private static readonly TimeSpan TerminalPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogPause = TimeSpan.FromSeconds(5);

    private readonly TextWriter _writer;
    private readonly bool _terminal;
    private readonly Lock _lock = new();
    private long _last;
    private int _shown;

    public ConsoleProgress(TextWriter writer, bool terminal)
    {
        _writer = writer;
        _terminal = terminal;
    }

    public static ConsoleProgress ToStandardError() => new(Console.Error, !Console.IsErrorRedirected);

    public void Report(LearnProgress value)
    {
        bool keep = value.Stage.StartsWith("trial", StringComparison.Ordinal);
        lock (_lock)
        {
            TimeSpan pause = _terminal ? TerminalPause : LogPause;
            if (!keep && _last != 0 && Stopwatch.GetElapsedTime(_last) < pause && value.Done < value.Total) return;
            _last = Stopwatch.GetTimestamp();
            string line = Describe(value);
            if (!_terminal)
            {
                _writer.WriteLine(line);
                return;
            }

            _writer.Write('\r' + line.PadRight(_shown));
            _shown = line.Length;
            if (!keep) return;
            _writer.WriteLine();
            _shown = 0;
        }
    }

    /// <summary>Ends a line that is being rewritten.</summary>
    public void Finish()
    {
        lock (_lock)
        {
            if (_terminal && _shown > 0) _writer.WriteLine();
            _shown = 0;
        }
    }

    private static string Describe(LearnProgress value)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{value.Stage} {value.Done}/{value.Total}");
        if (value.Loss is { } loss) line += string.Create(CultureInfo.InvariantCulture, $"  loss {loss:g6}");
        if (value.MetricName is not null && !value.Stage.StartsWith("trial", StringComparison.Ordinal))
            line += string.Create(CultureInfo.InvariantCulture, $"  {value.MetricName} {value.Metric:f4}");
        if (value.Remaining is { } left && value.Done < value.Total) line += string.Create(CultureInfo.InvariantCulture, $"  {left:mm\\:ss} left");
        return line;
    }
}
