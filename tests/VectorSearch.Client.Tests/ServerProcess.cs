using System.Diagnostics;
using System.Text;
using System.Text.Json;
using VectorSearch.Testing;

namespace VectorSearch.Client.Tests;

/// <summary>The real server as a process of its own, on free ports and an empty directory. One for all tests of a class.</summary>
public sealed class ServerProcess : IAsyncLifetime, IDisposable
{
    // Only a hang reaches it: a start takes about a second.
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);

    private readonly TempDirectory _directory = new();
    private readonly StringBuilder _output = new();
    private Process? _process;

    /// <summary>Where it answers gRPC.</summary>
    public Uri Address { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        string ready = _directory.Combine("ready");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Program(), "serve", "--data", _directory.Combine("data"), "--grpc-port", "0", "--http-port", "0", "--ready-file", ready])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Address = await ReadAddressAsync(ready);
    }

    public Task DisposeAsync()
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
        }

        _directory.Dispose();
    }

    /// <summary>Asks for the ready file until it is whole, the process has ended, or the limit has passed.</summary>
    private async Task<Uri> ReadAddressAsync(string ready)
    {
        using var limit = new CancellationTokenSource(StartLimit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await poll.WaitForNextTickAsync(limit.Token))
        {
            if (_process!.HasExited) throw new InvalidOperationException($"the server ended with {_process.ExitCode} before it was ready:\n{Output()}");
            if (File.Exists(ready) && await File.ReadAllTextAsync(ready, limit.Token) is { } line && line.EndsWith('\n'))
                return Parse(line);
        }

        throw new InvalidOperationException($"the server was not ready in time:\n{Output()}");
    }

    private static Uri Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonProperty port = document.RootElement.EnumerateObject().First(property => property.Name.StartsWith("grpc", StringComparison.OrdinalIgnoreCase));
        return new Uri($"http://127.0.0.1:{port.Value.GetInt32()}");
    }

    private string Output()
    {
        lock (_output) return _output.ToString();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }

    /// <summary>The program of the same configuration as this test.</summary>
    private static string Program()
    {
        string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "VectorSearch.sln"))) root = root.Parent;
        return Path.Combine(root!.FullName, "src", "VectorSearch.Cli", "bin", configuration, "net10.0", "vectorsearch.dll");
    }
}
