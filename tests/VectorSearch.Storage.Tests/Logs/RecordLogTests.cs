using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

/// <summary>What every log promises, whatever it is made of.</summary>
public abstract class RecordLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    protected string LogPath => _directory.Combine("log");

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract IRecordLog Create();

    protected abstract IRecordLog Open();

    [Fact]
    public async Task Records_come_back_in_order_after_a_clean_end()
    {
        List<byte[]> written;
        await using (IRecordLog log = Create()) written = await StorageSetup.WriteAsync(log, 200);
        await using IRecordLog again = Open();
        List<LogRecord> read = [.. again.Replay(0)];
        Assert.Equal(written, read.Select(record => record.Body.ToArray()));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (ulong)i), read.Select(record => record.Frame.Sequence));
        Assert.Equal(200u, again.LastSequence);
        Assert.Equal(200u, again.DurableSequence);
    }

    [Fact]
    public async Task Replay_leaves_out_what_the_caller_has()
    {
        await using (IRecordLog log = Create()) await StorageSetup.WriteAsync(log, 50);
        await using IRecordLog again = Open();
        Assert.Equal([48, 49, 50], again.Replay(47).Select(record => (int)record.Frame.Sequence));
    }

    [Fact]
    public async Task An_empty_log_opens_empty()
    {
        await Create().DisposeAsync();
        await using IRecordLog again = Open();
        Assert.Empty(again.Replay(0));
        await StorageSetup.WriteAsync(again, 3);
        Assert.Equal(3u, again.LastSequence);
    }

    [Fact]
    public async Task Many_writers_share_one_order_and_each_is_durable_when_told()
    {
        await using IRecordLog log = Create();
        await Parallel.ForAsync(0, 16, async (writer, _) =>
        {
            for (int i = 0; i < 25; i++)
            {
                LogPosition position = log.Append((byte)writer, 0, 1, [1, 2, 3]);
                await log.WhenDurableAsync(position.Sequence, CancellationToken.None);
                Assert.True(log.DurableSequence >= position.Sequence);
            }
        });
        Assert.Equal(400u, log.LastSequence);
    }

    [Fact]
    public async Task An_append_becomes_durable_although_nobody_waits()
    {
        await using IRecordLog log = Create();
        LogPosition position = log.Append(1, 0, 1, [1]);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        while (log.DurableSequence < position.Sequence) await Task.Delay(1, limit.Token);
    }

    [Fact]
    public async Task Truncation_keeps_what_is_newer_and_frees_files()
    {
        List<LogPosition> positions = [];
        await using (IRecordLog log = Create())
        {
            for (int i = 0; i < 300; i++)
            {
                positions.Add(log.Append(1, 0, 1, new byte[300]));
                if (i % 10 == 0) await log.WhenDurableAsync(positions[^1].Sequence);
            }

            long before = log.DiskBytes;
            await log.TruncateThroughAsync(positions[249]);
            Assert.True(log.DiskBytes < before / 2, $"{log.DiskBytes} of {before} bytes left");
            Assert.False(File.Exists(Path.Combine(LogPath, "wal.log.0")));
        }

        await using IRecordLog again = Open();
        Assert.Equal(Enumerable.Range(251, 50), again.Replay(250).Select(record => (int)record.Frame.Sequence));
        await StorageSetup.WriteAsync(again, 2);
        Assert.Equal(302u, again.LastSequence);
    }

    [Fact]
    public async Task Truncated_records_cannot_be_asked_for()
    {
        await using (IRecordLog log = Create())
        {
            LogPosition at = default;
            for (int i = 0; i < 300; i++)
            {
                at = log.Append(1, 0, 1, new byte[300]);
                if (i % 10 == 0) await log.WhenDurableAsync(at.Sequence);
            }

            await log.TruncateThroughAsync(at);
        }

        await using IRecordLog again = Open();
        Assert.Throws<StorageException>(() => again.Replay(5).Count());
    }

    [Fact]
    public async Task A_record_of_the_largest_size_fits_and_a_larger_one_is_refused_by_number()
    {
        int max = StorageSetup.SmallLog.MaxBodyBytes;
        await using (IRecordLog log = Create())
        {
            for (int i = 0; i < 5; i++) log.Append(1, 0, 1, new byte[max]);
            log.Append(1, 0, 1, []);
            ArgumentException refused = Assert.Throws<ArgumentException>(() => log.Append(1, 0, 1, new byte[max + 1]));
            Assert.Contains($"{max}", refused.Message, StringComparison.Ordinal);
            await log.WhenDurableAsync(6);
        }

        await using IRecordLog again = Open();
        Assert.Equal([max, max, max, max, max, 0], again.Replay(0).Select(record => record.Body.Length));
    }
}

public sealed class FasterRecordLogTests : RecordLogTests
{
    protected override IRecordLog Create() => FasterRecordLog.Create(LogPath, StorageSetup.SmallLog, StorageSetup.Disk);

    protected override IRecordLog Open() => FasterRecordLog.Open(LogPath, StorageSetup.SmallLog, StorageSetup.Disk);

    [Fact]
    public async Task A_log_can_begin_after_what_a_restored_snapshot_holds()
    {
        await FasterRecordLog.Create(LogPath, StorageSetup.SmallLog, StorageSetup.Disk, 41).DisposeAsync();
        for (int round = 0; round < 2; round++)
        {
            await using IRecordLog log = Open();
            Assert.Equal(3 * round, log.Replay(41).Count());
            await StorageSetup.WriteAsync(log, 3);
            Assert.Equal(44u + (3u * (uint)round), log.LastSequence);
        }

        await using IRecordLog asked = Open();
        Assert.Throws<StorageException>(() => asked.Replay(50).Count());
    }
}

public sealed class SegmentedRecordLogTests : RecordLogTests
{
    protected override IRecordLog Create()
    {
        IRecordLog log = Open();
        Assert.Empty(log.Replay(0));
        return log;
    }

    protected override IRecordLog Open() => SegmentedRecordLog.Open(LogPath, StorageSetup.SmallLog, StorageSetup.Disk);
}
