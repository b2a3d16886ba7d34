using System.Net;
using System.Net.Sockets;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>What a person gets wrong is answered with one clear line and a non-zero exit, never with a stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static async Task<string> FailsAsync(params string[] arguments)
    {
        (int exitCode, string output) = await CliProcess.RunAsync(arguments);
        Assert.True(exitCode == 1, $"exit code {exitCode}\n{output}");
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
        return output;
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_what_to_do()
    {
        using TcpListener holder = new(IPAddress.Loopback, 0);
        holder.Start();
        int port = ((IPEndPoint)holder.LocalEndpoint).Port;
        string output = await FailsAsync("serve", "--data", _directory.Combine("data"), "--grpc-port", $"{port}", "--http-port", "0");
        Assert.Contains($"{port}", output, StringComparison.Ordinal);
        Assert.Contains("--grpc-port", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_directory_held_by_another_process_is_refused_and_the_holder_goes_on()
    {
        string data = _directory.Combine("data");
        (CliProcess holder, _) = await CliProcess.ServeAsync(data, _directory.Combine("ready"));
        await using (holder)
        {
            string output = await FailsAsync("serve", "--data", data, "--grpc-port", "0", "--http-port", "0");
            Assert.Contains("another process", output, StringComparison.OrdinalIgnoreCase);
            (int exitCode, string answer) = await CliProcess.RunAsync("search", "1", "--collection", "none", "--data", data);
            Assert.True(exitCode == 1, answer);
        }
    }

    [Theory]
    [InlineData("{\"id\": 1, \"vector\": [1, NaN]}", "points.jsonl:1")]
    [InlineData("{\"id\": 1, \"vector\": [1, 2]}\n{\"id\": 2, \"vector\": [1]}", "points.jsonl:2")]
    [InlineData("{\"id\": 1, \"vector\": [0, 0]}", "points.jsonl:1")]
    [InlineData("not json", "points.jsonl:1")]
    public async Task A_bad_row_of_an_import_is_named(string content, string expected)
    {
        string file = _directory.Combine("points.jsonl");
        await File.WriteAllTextAsync(file, content);
        string output = await FailsAsync("import", "--collection", "c", "--vectors", file, "--space", "client:test@1", "--data", _directory.Combine("data"));
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        string output = await FailsAsync("import", "--collection", "c", "--vectors", _directory.Combine("none.npy"), "--data", _directory.Combine("data"));
        Assert.Contains("none.npy", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_collection_is_named()
    {
        string output = await FailsAsync("search", "1", "--collection", "flims", "--data", _directory.Combine("data"));
        Assert.Contains("flims", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_answered_with_how_to_start_one()
    {
        // Port 1 is nobody's; a free one might be another test's by now.
        string output = await FailsAsync("search", "1", "--address", "http://127.0.0.1:1");
        Assert.Contains("vectorsearch serve", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_server_cleanly()
    {
        (CliProcess server, _) = await CliProcess.ServeAsync(_directory.Combine("data"), _directory.Combine("ready"));
        await using (server)
        {
            server.Interrupt();
            Assert.True(await server.WaitAsync() == 0, server.Output);
        }
    }
}
