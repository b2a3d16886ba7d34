using VectorSearch.Testing;

namespace VectorSearch.Cli.Tests.EndToEnd;

/// <summary><c>check DIR</c> passes on a good directory, and names file and offset on one with a flipped byte.</summary>
public sealed class CheckTests : IDisposable
{
    private const int Rows = 500;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_passes_on_a_good_directory_and_names_the_place_of_a_flipped_byte()
    {
        Random random = TestSeed.Random();
        string data = _directory.Combine("data");
        await ImportAsync(data, random);
        (int exitCode, string output) = await CliProcess.RunAsync("check", data);
        Assert.True(exitCode == 0, output);
        Assert.Contains($"points {Rows}", output, StringComparison.Ordinal);

        string log = Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).MaxBy(file => new FileInfo(file).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(log);
        int at = InsideAVector(bytes, random);
        bytes[at] ^= 0x10;
        await File.WriteAllBytesAsync(log, bytes);
        (exitCode, output) = await CliProcess.RunAsync("check", data);
        Assert.True(exitCode == 2, $"byte {at} of {log} was flipped; {TestSeed.Describe}\n{output}");
        Assert.Contains(Path.GetFileName(log), output, StringComparison.Ordinal);
        Assert.Matches(@"(?i)(offset|byte|at) \d+", output);
    }

    [Fact]
    public async Task A_folder_that_is_no_data_directory_is_named()
    {
        (int exitCode, string output) = await CliProcess.RunAsync("check", _directory.Path);
        Assert.Equal(1, exitCode);
        Assert.Contains("not a data directory", output, StringComparison.Ordinal);
    }

    private async Task ImportAsync(string data, Random random)
    {
        string file = _directory.Combine("points.jsonl");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, Rows).Select(i => FormattableString.Invariant(
            $"{{\"id\": {i}, \"vector\": [{string.Join(", ", Enumerable.Range(0, 8).Select(_ => FormattableString.Invariant($"{random.NextSingle():0.######}")))}], \"payload\": {{\"n\": {i}}}}}")));
        (int exitCode, string output) = await CliProcess.RunAsync("import", "--collection", "c", "--vectors", file, "--space", "client:test@1", "--metric", "l2", "--data", data);
        Assert.True(exitCode == 0, output);
    }

    /// <summary>A place in the middle of what was written: the file may be longer than its content.</summary>
    private static int InsideAVector(byte[] bytes, Random random)
    {
        int end = Array.FindLastIndex(bytes, value => value != 0);
        return random.Next(end / 4, end / 2);
    }
}
