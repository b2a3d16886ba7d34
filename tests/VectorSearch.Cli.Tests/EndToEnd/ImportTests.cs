using System.Globalization;
using System.Text.Json;
using VectorSearch.Client;
using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary>Import and export as a person runs them.</summary>
public sealed class ImportTests : IDisposable
{
    private const int ExitCancelled = 130, Rows = 12_000, Dimension = 32, Batch = 1000;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Wherever_Ctrl_C_comes_the_same_command_goes_on_and_every_row_is_in_once()
    {
        string file = Write();
        (CliProcess server, Uri address) = await CliProcess.ServeAsync(_directory.Combine("data"), _directory.Combine("ready"));
        await using (server)
        {
            string[] import = ["import", "--collection", "c", "--vectors", file, "--space", "client:test@1", "--metric", "l2", "--address", address.ToString()];
            using VectorSearchClient client = new(address);
            await using (CliProcess first = CliProcess.Start(import))
            {
                await WaitForRowsAsync(client, first);
                first.Interrupt();
                int exit = await first.WaitAsync();

                // If it was over before the signal came, the rest holds all the more.
                Assert.True(exit is ExitCancelled or 0, first.Output);
                if (exit == ExitCancelled) Assert.Contains("goes on from there", first.Output, StringComparison.Ordinal);
            }

            (int again, string output) = await CliProcess.RunAsync(import);
            Assert.True(again == 0, output);
            Assert.Contains("by an earlier run", output, StringComparison.Ordinal);
            Assert.Equal(Rows, await client.Points("c").CountAsync());
            Assert.Equal((ulong)(Rows / Batch), (await client.Collections.GetAsync("c")).Status.Lsn);

            string exported = _directory.Combine("out.csv");
            (int exitCode, string told) = await CliProcess.RunAsync("export", "--collection", "c", "--out", exported, "--address", address.ToString());
            Assert.True(exitCode == 0, told);
            Assert.Equal(File.ReadLines(file).Order(StringComparer.Ordinal), File.ReadLines(exported).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_first_import_goes_into_a_sealed_generation()
    {
        string file = Write(), data = _directory.Combine("data");
        string[] import = ["import", "--collection", "c", "--vectors", file, "--space", "client:test@1", "--metric", "l2", "--data", data];
        (int exit, string output) = await CliProcess.RunAsync([.. import, "--index", "sealed"]);
        Assert.True(exit == 0 && output.Contains("Seal 'c'", StringComparison.Ordinal), output);
        (exit, output) = await CliProcess.RunAsync("generations", "c", "--data", data, "--json");
        Assert.True(exit == 0, output);
        using JsonDocument told = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.Equal(
            [("serving", Rows), ("retired", 0)],
            told.RootElement.EnumerateArray().Select(one => (one.GetProperty("state").GetString()!, one.GetProperty("points").GetInt32())));
        Assert.Equal("sealed", told.RootElement[0].GetProperty("index").GetString());

        (exit, output) = await CliProcess.RunAsync([.. import, "--index", "hnsw"]);
        Assert.True(exit == 1 && output.Contains("has the index sealed, and --index is hnsw: 'vectorsearch rebuild c --index hnsw' changes that", StringComparison.Ordinal), output);
    }

    /// <summary>Asks until the server has the first rows, or the import is over.</summary>
    private static async Task WaitForRowsAsync(VectorSearchClient client, CliProcess import)
    {
        while (!import.HasEnded)
        {
            var known = await client.Collections.ListAsync();
            if (known.Any(one => one.Name == "c" && one.Status.Points > 0)) return;
        }
    }

    private string Write()
    {
        Random random = new(1);
        string path = _directory.Combine("rows.csv");
        File.WriteAllLines(path, Enumerable.Range(-1, Rows + 1).Select(row => row < 0 ? "id,year,vector" : string.Create(
            CultureInfo.InvariantCulture, $"{row},{1900 + (row % 100)},{string.Join(' ', Enumerable.Range(0, Dimension).Select(_ => random.NextSingle().ToString("R", CultureInfo.InvariantCulture)))}")));
        return path;
    }
}
