using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace VectorSearch.Cli.Bench.Serving;

/// <summary>This program as a process of its own that answers calls, with the processor time that it takes.</summary>
internal sealed class BenchedProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly StringBuilder _errors;

    private BenchedProcess(Process process, StringBuilder errors, Uri address, Uri? httpAddress) =>
        (_process, _errors, Address, HttpAddress) = (process, errors, address, httpAddress);

    /// <summary>Where it answers gRPC.</summary>
    public Uri Address { get; }

    /// <summary>Where it answers HTTP; null if nowhere.</summary>
    public Uri? HttpAddress { get; }

    /// <summary>Processor time since its start, user and system.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory that it holds.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>True once it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>What it wrote to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="arguments">Of the program; the file for its readiness is added.</param>
    /// <exception cref="CliException">It ended before it answered.</exception>
    public static async Task<BenchedProcess> StartAsync(params IReadOnlyList<string> arguments)
    {
        string ready = Path.Combine(Path.GetTempPath(), $"vectorsearch-ready-{Guid.NewGuid():N}");
        Process process = Start([.. arguments, "--ready-file", ready]);
        StringBuilder errors = new();
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors) errors.AppendLine(line.Data);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (Stopwatch clock = Stopwatch.StartNew(); !process.HasExited && clock.Elapsed < StartLimit; await Task.Delay(Glance))
        {
            if (!File.Exists(ready)) continue;
            using JsonDocument line = JsonDocument.Parse(await File.ReadAllTextAsync(ready));
            File.Delete(ready);
            Uri? http = line.RootElement.TryGetProperty("http_port", out JsonElement port) ? Local(port) : null;
            return new BenchedProcess(process, errors, Local(line.RootElement.GetProperty("grpc_port")), http);
        }

        if (!process.HasExited) process.Kill();
        process.Dispose();
        lock (errors) throw new CliException($"'{string.Join(' ', arguments)}' did not come to answer calls: {errors}");
    }

    private static Uri Local(JsonElement port) => new($"http://127.0.0.1:{port.GetInt32()}");

    /// <summary>Starts this program with other arguments; its output is the caller's to read.</summary>
    public static Process Start(IReadOnlyList<string> arguments)
    {
        string program = Environment.ProcessPath!;
        string[] all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(BenchedProcess).Assembly.Location, .. arguments] : [.. arguments];
        return Process.Start(new ProcessStartInfo(program, all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
