namespace VectorSearch.Collections.Tests;

/// <summary>An alias means one collection, then another, never neither; and still does after a restart.</summary>
public class AliasTests
{
    private static AliasAction Set(string alias, string collection) => new AliasAction.Set(alias, collection);

    private static async Task<TestCatalog> TwoAsync()
    {
        TestCatalog test = await TestCatalog.OpenAsync();
        await (await test.CreateAsync("old")).UpsertAsync(TestCatalog.Points(0, 1));
        await (await test.CreateAsync("new")).UpsertAsync(TestCatalog.Points(0, 2));
        await test.Catalog.UpdateAliasesAsync([Set("films", "old")]);
        return test;
    }

    [Fact]
    public async Task A_switch_is_seen_at_once_and_after_a_restart()
    {
        await using TestCatalog test = await TwoAsync();
        Assert.Equal("old", test.Catalog.Get("films").Name);
        using CancellationTokenSource ending = new();
        Task reading = Task.Run(() =>
        {
            while (!ending.IsCancellationRequested) Assert.Contains(test.Catalog.Get("films").Name, (string[])["old", "new"]);
        });
        for (int i = 0; i < 20; i++) await test.Catalog.UpdateAliasesAsync([Set("films", "new"), Set("spare", "old"), Set("films", i % 2 == 0 ? "old" : "new")]);
        await ending.CancelAsync();
        await reading;
        Assert.Equal("new", test.Catalog.Get("films").Name);
        Assert.Equal(["spare"], test.Catalog.AliasesOf("old"));
        await test.ReopenAsync();
        Assert.Equal("new", test.Catalog.Get("films").Name);
        await test.Catalog.UpdateAliasesAsync([new AliasAction.Remove("films")]);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<VectorSearchException>(() => test.Catalog.Get("films")).Code);
    }

    [Fact]
    public async Task One_wrong_action_and_none_is_done()
    {
        await using TestCatalog test = await TwoAsync();
        await RefusedAsync(ErrorCode.NotFound, Set("films", "new"), Set("x", "nowhere"));
        await RefusedAsync(ErrorCode.NotFound, Set("films", "new"), new AliasAction.Remove("nowhere"));
        await RefusedAsync(ErrorCode.AlreadyExists, Set("films", "new"), Set("old", "new"));
        await RefusedAsync(ErrorCode.InvalidArgument, Set("films", "new"), Set("../x", "new"));
        await RefusedAsync(ErrorCode.InvalidArgument);
        Assert.Equal(ErrorCode.AlreadyExists, (await Assert.ThrowsAsync<VectorSearchException>(() => test.CreateAsync("films"))).Code);
        Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.DeleteAsync("old"))).Code);
        Assert.Equal(ErrorCode.NotFound, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.DeleteAsync("films"))).Code);
        Assert.Equal("old", test.Catalog.Get("films").Name);

        async Task RefusedAsync(ErrorCode code, params AliasAction[] actions) =>
            Assert.Equal(code, (await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.UpdateAliasesAsync(actions))).Code);
    }

    [Fact]
    public async Task A_disk_that_refuses_leaves_the_old_meaning()
    {
        SwitchFault fault = new() { PathPart = "aliases" };
        await using TestCatalog test = await TestCatalog.OpenAsync(new CatalogOptions { LinkerThreads = 1, Fault = fault });
        await test.CreateAsync("old");
        await test.CreateAsync("new");
        await test.Catalog.UpdateAliasesAsync([Set("films", "old")]);
        fault.IsOn = true;
        await Assert.ThrowsAsync<VectorSearchException>(() => test.Catalog.UpdateAliasesAsync([Set("films", "new")]));
        fault.IsOn = false;
        Assert.Equal("old", test.Catalog.Get("films").Name);
        await test.ReopenAsync();
        Assert.Equal("old", test.Catalog.Get("films").Name);
    }

    [Fact]
    public async Task A_damaged_table_is_named_and_the_collections_serve_by_their_own_names()
    {
        await using TestCatalog test = await TwoAsync();
        await test.CloseAsync();
        string path = Path.Combine(test.Root, "aliases");
        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] bad = [.. bytes];
            bad[at] ^= 4;
            File.WriteAllBytes(path, bad);
            CheckFinding finding = Assert.Single(CollectionChecker.Check(test.Root).Findings);
            Assert.Equal(path, finding.File);
        }

        await test.ReopenAsync();
        Assert.Equal(1, test.Catalog.Get("old").Count);
        VectorSearchException damaged = Assert.Throws<VectorSearchException>(() => test.Catalog.Get("films"));
        Assert.Equal(ErrorCode.Damaged, damaged.Code);
        Assert.Contains(path, damaged.Message, StringComparison.Ordinal);
        Assert.Contains(test.Events, one => one.IsFault && one.Message.Contains(path, StringComparison.Ordinal));
        await test.CloseAsync();
        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public async Task A_backup_brings_the_aliases_that_are_free()
    {
        await using TestCatalog test = await TwoAsync();
        await test.Catalog.UpdateAliasesAsync([Set("taken", "old"), Set("free", "old")]);
        string backup = Path.Combine(Path.GetDirectoryName(test.Root)!, "backup");
        await test.Catalog.BackupAsync("films", backup);
        await test.Catalog.UpdateAliasesAsync([Set("taken", "new"), new AliasAction.Remove("free"), new AliasAction.Remove("films")]);
        await test.Catalog.DeleteAsync("old");
        await test.Catalog.RestoreAsync(backup, "restored", replace: false);
        Assert.Equal(["films", "free"], test.Catalog.AliasesOf("restored"));
        Assert.Equal("new", test.Catalog.Get("taken").Name);
        Assert.Equal(1, test.Catalog.Get("free").Count);
    }
}
