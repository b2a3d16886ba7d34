using VectorSearch.Cli.Import;
using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Tests.Import;

/// <summary>What goes in, what is left out and named, and where an import goes on that was cut.</summary>
public sealed class ImporterTests(LocalServer server) : IClassFixture<LocalServer>
{
    private const int Batch = 1000;

    private static ImportRow Row(int number, params float[] vector) =>
        new($"{number}", vector, null, new Dictionary<string, object?> { ["n"] = (long)number }, new RowOrigin("rows", number, IsLine: false));

    private static Func<RefuseRow, IEnumerable<ImportRow>> Rows(int count) => _ => Enumerable.Range(0, count).Select(i => Row(i, i, 1));

    private Task<ImportResult> RunAsync(Collection collection, Func<RefuseRow, IEnumerable<ImportRow>> read, string session) =>
        new Importer(server.Client, collection, session).RunAsync(read, (_, _) => { }, CancellationToken.None);

    [Fact]
    public async Task An_import_that_was_cut_goes_on_behind_what_was_done_and_does_nothing_twice()
    {
        Collection collection = await server.CreateAsync("cut");
        ImportResult first = await RunAsync(collection, Rows(5 * Batch), "s");
        Assert.Equal((5 * Batch, 0), (first.Rows, first.Before));
        ImportResult second = await RunAsync(collection, Rows((9 * Batch) + 7), "s");
        Assert.Equal(((9 * Batch) + 7, 5 * Batch), (second.Rows, second.Before));
        Assert.Empty(second.Refused);
        Assert.Equal((9 * Batch) + 7, await server.Client.Points("cut").CountAsync());

        // One record of the log a batch, each written once.
        Assert.Equal(10UL, (await server.Client.Collections.GetAsync("cut")).Status.Lsn);
        ImportResult third = await RunAsync(collection, Rows((9 * Batch) + 7), "s");
        Assert.Equal((third.Rows, third.Rows), ((9 * Batch) + 7, third.Before));
        Assert.Equal(10UL, (await server.Client.Collections.GetAsync("cut")).Status.Lsn);
    }

    [Fact]
    public async Task Wrong_rows_are_named_and_left_out_and_all_others_are_in()
    {
        Collection collection = await server.CreateAsync("wrong", metric: Metric.Cosine);
        const int count = 2500;
        ImportResult result = await RunAsync(collection, Read, "s");
        Assert.Equal(count - 5, result.Rows);
        Assert.Equal(
            ["rows, row 3", "rows, row 20", "rows, row 1500", "rows, row 1501", "rows, row 2499"],
            result.Refused.Select(fault => fault[..fault.IndexOf(':', StringComparison.Ordinal)]).OrderBy(place => int.Parse(place[10..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains(result.Refused, fault => fault.Contains("3 coordinates", StringComparison.Ordinal));
        Assert.Contains(result.Refused, fault => fault.Contains("'x' is not a number", StringComparison.Ordinal));
        Assert.All(result.Refused, fault => Assert.DoesNotContain("batch.", fault, StringComparison.Ordinal));
        Assert.Equal(count - 5, await server.Client.Points("wrong").CountAsync());
        Point right = Assert.Single(await server.Client.Points("wrong").GetAsync(1502UL, withVectors: true));
        Assert.Equal(1502L, right.Payload!["n"]);

        static IEnumerable<ImportRow> Read(RefuseRow refuse)
        {
            for (int i = 0; i < count; i++)
            {
                yield return i switch
                {
                    3 => Row(i, 1, 2, 3),
                    20 => Row(i, 1, 2) with { Id = "x" },
                    1500 or 1501 or 2499 => Row(i, 0, 0), // no direction: only the server sees that
                    _ => Row(i, i + 1, 1),
                };
            }
        }
    }

    [Fact]
    public async Task Refused_rows_are_told_again_when_the_import_is_run_again_and_nothing_is_lost()
    {
        Collection collection = await server.CreateAsync("again", metric: Metric.Cosine);
        Func<RefuseRow, IEnumerable<ImportRow>> read = _ => Enumerable.Range(0, 10).Select(i => i == 4 ? Row(i, 0, 0) : Row(i, i + 1, 1));
        for (int run = 0; run < 2; run++)
        {
            ImportResult result = await RunAsync(collection, read, "s");
            Assert.StartsWith("rows, row 4: ", Assert.Single(result.Refused), StringComparison.Ordinal);
            Assert.Equal(9, await server.Client.Points("again").CountAsync());
        }
    }

    [Fact]
    public async Task Too_many_wrong_rows_stop_the_import()
    {
        Collection collection = await server.CreateAsync("many");
        CliException stopped = await Assert.ThrowsAsync<CliException>(() => RunAsync(collection, _ => Enumerable.Range(0, 5000).Select(i => Row(i, 1)), "s"));
        Assert.Contains("rows, row 0", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_session_is_the_same_for_the_same_files_and_another_for_any_change()
    {
        string file = server.File("a.csv");
        await System.IO.File.WriteAllTextAsync(file, "id,vector\n1,1 2\n");
        string first = await ImportSession.NameAsync("c", ["x"], [file], CancellationToken.None);
        Assert.Equal(first, await ImportSession.NameAsync("c", ["x"], [file], CancellationToken.None));
        Assert.NotEqual(first, await ImportSession.NameAsync("d", ["x"], [file], CancellationToken.None));
        Assert.NotEqual(first, await ImportSession.NameAsync("c", ["y"], [file], CancellationToken.None));
        await System.IO.File.AppendAllTextAsync(file, "2,1 2\n");
        Assert.NotEqual(first, await ImportSession.NameAsync("c", ["x"], [file], CancellationToken.None));
    }
}
