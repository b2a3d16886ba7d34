using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

/// <summary>One test per trap of FASTER that the log guards against.</summary>
public sealed class LogGuardTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LogPath => _directory.Combine("log");

    private string HeadPath => Path.Combine(LogPath, LogHead.FileName);

    public void Dispose() => _directory.Dispose();

    private static FasterRecordLog Open(string path) => FasterRecordLog.Open(path, StorageSetup.LazyHead, StorageSetup.Disk);

    private static int Replayed(string path)
    {
        FasterRecordLog log = Open(path);
        try
        {
            return log.Replay(0).Count();
        }
        finally
        {
            log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private async Task<string> KilledAsync(int records, int maxBytes = 200)
    {
        await using FasterRecordLog log = FasterRecordLog.Create(LogPath, StorageSetup.LazyHead, StorageSetup.Disk);
        for (int i = 0; i < records; i++)
        {
            log.Append(1, 0, 1, StorageSetup.Body(TestSeed.Random(i), maxBytes));
            await log.WhenDurableAsync((ulong)(i + 1));
        }

        string copy = _directory.Combine("killed");
        DirectoryCopy.Make(LogPath, copy);
        return copy;
    }

    private async Task ClosedAsync(int records)
    {
        await using FasterRecordLog log = FasterRecordLog.Create(LogPath, StorageSetup.LazyHead, StorageSetup.Disk);
        await StorageSetup.WriteAsync(log, records);
    }

    [Fact]
    public async Task A_killed_log_keeps_every_acknowledged_record() => Assert.Equal(60, Replayed(await KilledAsync(60)));

    [Fact]
    public async Task An_empty_record_hides_nothing()
    {
        await using (FasterRecordLog log = FasterRecordLog.Create(LogPath, StorageSetup.LazyHead, StorageSetup.Disk))
        {
            log.Append(1, 0, 1, [1]);
            log.Append(1, 0, 1, []);
            log.Append(1, 0, 1, [3]);
            await log.WhenDurableAsync(3);
        }

        Assert.Equal(3, Replayed(LogPath));
    }

    [Fact]
    public async Task A_missing_head_file_is_refused_and_nothing_is_overwritten()
    {
        await ClosedAsync(20);
        byte[] before = File.ReadAllBytes(Path.Combine(LogPath, "wal.log.0"));
        File.Delete(HeadPath);
        Assert.Equal(HeadPath, Assert.Throws<StorageException>(() => Open(LogPath)).File);
        Assert.Throws<StorageException>(() => FasterRecordLog.Create(LogPath, StorageSetup.LazyHead, StorageSetup.Disk));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(LogPath, "wal.log.0")));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("empty")]
    [InlineData("foreign")]
    [InlineData("zeros")]
    [InlineData("half")]
    public async Task A_segment_that_is_not_what_was_written_is_refused(string damage)
    {
        await ClosedAsync(20);
        string segment = Path.Combine(LogPath, "wal.log.0");
        long length = new FileInfo(segment).Length;
        switch (damage)
        {
            case "delete": File.Delete(segment); break;
            case "empty": File.WriteAllBytes(segment, []); break;
            case "foreign": File.WriteAllText(segment, new string('x', (int)length)); break;
            case "zeros": File.WriteAllBytes(segment, new byte[length]); break;
            default: File.WriteAllBytes(segment, File.ReadAllBytes(segment)[..(int)(length / 2)]); break;
        }

        StorageException refused = Assert.Throws<StorageException>(() => Replayed(LogPath));
        Assert.Contains("wal.log", refused.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_file_that_claims_a_begin_behind_the_end_is_refused()
    {
        await ClosedAsync(20);
        File.Delete(HeadPath);
        TwoSlotFile.Create(StorageSetup.Disk, HeadPath, LogHead.Magic, LogHead.Version, new LogHead(1L << 50, 64, 20, 0, []).ToBytes()).Dispose();
        Assert.Throws<StorageException>(() => Replayed(LogPath));
    }

    [Fact]
    public async Task A_log_cut_anywhere_in_its_last_three_records_opens_with_a_prefix_or_is_refused()
    {
        string killed = await KilledAsync(12, maxBytes: 60);
        string segment = Path.Combine(killed, "wal.log.0");
        byte[] whole = File.ReadAllBytes(segment);
        int end = whole.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        int step = TestScale.Pick(7, 1);
        int most = 0;
        for (int cut = end; cut > end - 700; cut -= step)
        {
            string copy = _directory.Combine("cut");
            DirectoryCopy.Make(killed, copy);
            File.WriteAllBytes(Path.Combine(copy, "wal.log.0"), whole[..cut]);
            int records = Replayed(copy);
            Assert.InRange(records, 6, 12);
            most = Math.Max(most, records);
            Directory.Delete(copy, recursive: true);
        }

        Assert.Equal(12, most);
    }

    [Fact]
    public async Task After_a_clean_end_every_flipped_bit_of_a_record_is_found()
    {
        await ClosedAsync(20);
        Random random = TestSeed.Random(5);
        string segment = Path.Combine(LogPath, "wal.log.0");
        byte[] good = File.ReadAllBytes(segment);
        for (int i = 0; i < TestScale.Pick(100, 1000); i++)
        {
            int bit = random.Next(64 * 8, good.Length * 8);
            byte[] bad = [.. good];
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(segment, bad);
            string copy = _directory.Combine("flip");
            DirectoryCopy.Make(LogPath, copy);
            try
            {
                // Bits of padding and of FASTER's own commit records carry nothing of ours.
                Assert.Equal(20, Replayed(copy));
            }
            catch (StorageException found)
            {
                Assert.Contains("wal.log", found.File, StringComparison.Ordinal);
            }

            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task After_a_kill_a_flipped_bit_before_the_last_commit_is_found_by_what_later_records_know()
    {
        string killed = await KilledAsync(20, maxBytes: 100);
        string segment = Path.Combine(killed, "wal.log.0");
        byte[] good = File.ReadAllBytes(segment);
        int third = good.AsSpan().IndexOf(BitConverter.GetBytes(RecordFrame.Magic));
        good[third + RecordFrame.HeaderBytes - 8] ^= 1;
        File.WriteAllBytes(segment, good);
        StorageException found = Assert.Throws<StorageException>(() => Replayed(killed));
        Assert.Contains("wal.log.0", found.File, StringComparison.Ordinal);
        Assert.True(found.Offset >= 0);
    }

    [Theory]
    [InlineData(-1.0)]
    [InlineData(0.5)]
    public async Task When_the_nth_write_fails_nothing_acknowledged_is_lost_and_a_new_instance_goes_on(double torn)
    {
        for (int nth = 1; nth <= TestScale.Pick(20, 200); nth++)
        {
            using TempDirectory directory = new();
            FailNth fault = new(nth, StorageOperation.Write, StorageOperation.Flush, StorageOperation.Open) { TornShare = torn };
            FileDurability disk = new(fault);
            int acknowledged = 0;
            try
            {
                await using FasterRecordLog log = FasterRecordLog.Create(directory.Combine("log"), StorageSetup.SmallLog, disk);
                for (int i = 0; i < 40; i++)
                {
                    log.Append(1, 0, 1, new byte[400]);
                    await log.WhenDurableAsync((ulong)(i + 1));
                    acknowledged = i + 1;
                }
            }
            catch (StorageException refused)
            {
                Assert.Equal(StorageFailure.Refused, refused.Failure);
                Assert.Contains("njected", refused.Message, StringComparison.Ordinal);
            }

            fault.IsHealed = true;
            if (acknowledged == 0) continue; // it did not come into being, or nobody was told of anything
            await using FasterRecordLog again = FasterRecordLog.Open(directory.Combine("log"), StorageSetup.SmallLog, disk);
            Assert.True(again.Replay(0).Count() >= acknowledged, $"failing operation {nth}: {again.LastSequence} of {acknowledged}");
            await StorageSetup.WriteAsync(again, 3);
        }
    }

    [Fact]
    public async Task A_log_that_failed_takes_nothing_more_and_says_why()
    {
        FailNth fault = new(6, StorageOperation.Write) { IsSticky = true };
        await using FasterRecordLog log = FasterRecordLog.Create(LogPath, StorageSetup.LazyHead, new FileDurability(fault));
        await Assert.ThrowsAsync<StorageException>(() => StorageSetup.WriteAsync(log, 100));
        Assert.NotNull(log.Fault);
        Assert.Throws<StorageException>(() => log.Append(1, 0, 1, [1]));
        await Assert.ThrowsAsync<StorageException>(() => log.WhenDurableAsync(1000).AsTask());
        fault.IsHealed = true;
        Assert.Throws<StorageException>(() => log.Append(1, 0, 1, [1]));
    }

    [Fact]
    public async Task A_read_error_is_not_taken_for_the_end_of_the_log()
    {
        await ClosedAsync(40);
        for (int nth = 3; nth < 8; nth++)
        {
            FailNth fault = new(nth, StorageOperation.Read);
            StorageException? refused = null;
            int read = -1;
            try
            {
                FasterRecordLog log = FasterRecordLog.Open(LogPath, StorageSetup.LazyHead, new FileDurability(fault));
                read = log.Replay(0).Count();
                await log.DisposeAsync();
            }
            catch (StorageException e)
            {
                refused = e;
            }

            Assert.True(refused is { Failure: StorageFailure.Refused } || (read == 40 && !fault.HasFired), $"read {nth}: {refused?.Message ?? $"{read}"}");
        }
    }

    [Fact]
    public async Task A_write_to_a_segment_is_on_the_disk_when_it_ends()
    {
        if (!OperatingSystem.IsLinux()) return;
        await using FasterRecordLog log = FasterRecordLog.Create(LogPath, StorageSetup.SmallLog, StorageSetup.Disk);
        await StorageSetup.WriteAsync(log, 20);
        const int Synchronous = 0x101000; // O_SYNC; there is no flush after the write
        string[] open = [.. Directory.EnumerateFiles("/proc/self/fd").Where(path => new FileInfo(path).LinkTarget?.StartsWith(Path.Combine(LogPath, "wal.log"), StringComparison.Ordinal) == true)];
        Assert.NotEmpty(open);
        foreach (string path in open)
        {
            string flags = File.ReadLines(path.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal)).Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.Equal(Synchronous, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & Synchronous);
        }
    }
}
