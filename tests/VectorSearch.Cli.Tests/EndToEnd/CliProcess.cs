using System.Diagnostics;
using System.Text;
using System.Text.Json;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>The real program in a process of its own, as a user would start it.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    /// <summary>Only a hang reaches it: no test waits for time to pass.</summary>
    private static readonly TimeSpan HangLimit = TimeSpan.FromMinutes(TestScale.Pick(10, 30));

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];

    private CliProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += Append;
        _process.ErrorDataReceived += Append;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Standard output and standard error as they came.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    public static CliProcess Start(params string[] arguments)
    {
        // A shell that starts the tests in its background ignores Ctrl-C for all that it starts: take that back.
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "vectorsearch.dll"));
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using CliProcess process = Start(arguments);
        return (await process.WaitAsync(), process.Output);
    }

    /// <summary>Starts a server on free ports and waits until it answers.</summary>
    public static async Task<(CliProcess Process, Uri Address)> ServeAsync(string data, string readyFile)
    {
        File.Delete(readyFile);
        CliProcess process = Start("serve", "--data", data, "--grpc-port", "0", "--http-port", "0", "--ready-file", readyFile);
        using FileSystemWatcher watcher = new(Path.GetDirectoryName(readyFile)!, Path.GetFileName(readyFile));
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => ready.TrySetResult();
        watcher.Renamed += (_, _) => ready.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (File.Exists(readyFile)) ready.TrySetResult();
        Task exited = process._process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, exited).WaitAsync(HangLimit) == exited)
        {
            process._process.WaitForExit();
            throw new InvalidOperationException($"The server ended with {process._process.ExitCode} before it answered:\n{process.Output}");
        }

        using JsonDocument ports = JsonDocument.Parse(await File.ReadAllTextAsync(readyFile));
        return (process, new Uri($"http://127.0.0.1:{ports.RootElement.GetProperty("grpc_port").GetInt32()}"));
    }

    public async Task<int> WaitAsync()
    {
        using CancellationTokenSource hang = new(HangLimit);
        await _process.WaitForExitAsync(hang.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until a line with this text was printed.</summary>
    public async Task WaitForOutputAsync(string text)
    {
        TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            if (_output.ToString().Contains(text, StringComparison.Ordinal)) return;
            _awaited.Add((text, seen));
        }

        Task first = await Task.WhenAny(seen.Task, _process.WaitForExitAsync()).WaitAsync(HangLimit);
        if (first != seen.Task) throw new InvalidOperationException($"The program ended before it printed '{text}':\n{Output}");
    }

    /// <summary>kill −9: the process gets no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await WaitAsync();
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    private void Append(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (_output)
        {
            _output.AppendLine(line.Data);
            foreach ((string text, TaskCompletionSource seen) in _awaited)
                if (line.Data.Contains(text, StringComparison.Ordinal)) seen.TrySetResult();
        }
    }
}
