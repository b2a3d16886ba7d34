using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace VectorSearch.Cli.Torture;

/// <summary>The server as a process of its own, which can be killed.</summary>
internal sealed class TortureServer : IDisposable
{
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestDeath = TimeSpan.FromMinutes(5);

    private readonly Process _process;

    private TortureServer(Process process, Uri address, TimeSpan startup)
    {
        _process = process;
        Address = address;
        Startup = startup;
    }

    /// <summary>Where it answers gRPC.</summary>
    public Uri Address { get; }

    /// <summary>From the start of the process to its readiness.</summary>
    public TimeSpan Startup { get; }

    public bool HasEnded => _process.HasExited;

    /// <summary>As below; that it stands still is told on the console.</summary>
    public static Task<TortureServer?> StartAsync(string data, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation) =>
        StartAsync(data, environment, new StallWatch("the start of a server", data, new TortureReport(), Console.Error.WriteLine), cancellation);

    /// <summary>Starts it and waits until it answers; null if it ended before that, as one with a kill point may.</summary>
    /// <param name="data">Its data directory.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="stalls">Is told which process it is, and sees that it gets ready.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StallException">It neither answered nor ended.</exception>
    public static async Task<TortureServer?> StartAsync(string data, IReadOnlyDictionary<string, string> environment, StallWatch stalls, CancellationToken cancellation)
    {
        string ready = Path.Combine(Path.GetTempPath(), $"vectorsearch-ready-{Guid.NewGuid():N}");
        string program = Environment.ProcessPath!;
        List<string> arguments = ["serve", "--data", data, "--grpc-port", "0", "--http-port", "0", "--ready-file", ready];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") arguments.Insert(0, typeof(TortureServer).Assembly.Location);
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        Stopwatch clock = Stopwatch.StartNew();
        Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        stalls.Process = process.Id;
        try
        {
            if (await stalls.WaitAsync("its start", PortAsync(process, ready, cancellation)) is { } port)
                return new TortureServer(process, new Uri($"http://127.0.0.1:{port}"), clock.Elapsed);
        }
        catch
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
            throw;
        }

        process.Dispose();
        return null;
    }

    /// <summary>Bytes of memory that it has now.</summary>
    public long WorkingSet()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Time of processors that it has taken so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Asks it to end, as an operator does, and waits until it has.</summary>
    /// <exception cref="CliException">It ended with a fault.</exception>
    public async Task StopAsync()
    {
        using (Process ask = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])!) await ask.WaitForExitAsync();
        await _process.WaitForExitAsync();
        if (_process.ExitCode != 0) throw new CliException($"The server was asked to end and did so with exit code {_process.ExitCode}.");
    }

    /// <summary>Ends it as kill −9 does, and waits until it is gone.</summary>
    /// <exception cref="CliException">It is not gone for long, as if the disk held it.</exception>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(LongestDeath);
        }
        catch (TimeoutException)
        {
            throw new CliException($"The server was killed and is there still after {LongestDeath.TotalMinutes:F0} min: process {_process.Id}.");
        }
    }

    public void Dispose() => _process.Dispose();

    /// <summary>The port that it tells once it is ready; null if it ends before.</summary>
    private static async Task<int?> PortAsync(Process process, string ready, CancellationToken cancellation)
    {
        while (!process.HasExited)
        {
            if (TryReadPort(ready) is { } port)
            {
                File.Delete(ready);
                return port;
            }

            await Task.Delay(Glance, cancellation);
        }

        return null;
    }

    private static int? TryReadPort(string readyFile)
    {
        if (!File.Exists(readyFile)) return null;
        try
        {
            using JsonDocument ready = JsonDocument.Parse(File.ReadAllText(readyFile));
            foreach (JsonProperty property in ready.RootElement.EnumerateObject())
            {
                if (property.Name.Contains("grpc", StringComparison.OrdinalIgnoreCase)) return PortOf(property.Value);
            }

            return null;
        }
        catch (JsonException)
        {
            return null; // still being written
        }
    }

    private static int PortOf(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetInt32() : new Uri(value.GetString()!).Port;
}
