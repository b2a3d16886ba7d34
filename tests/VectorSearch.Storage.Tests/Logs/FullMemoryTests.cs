using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

/// <summary>A disk that stops while the log's memory is full of pages on their way to it.</summary>
public sealed class FullMemoryTests : IDisposable
{
    private const int ManyRecords = 10_000;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Writers_are_told_when_the_disk_fails_under_a_commit_that_finds_memory_full()
    {
        using StuckDisk disk = new();
        await using FasterRecordLog log = FasterRecordLog.Create(_directory.Combine("log"), StorageSetup.SmallLog, new FileDurability(disk));
        log.Append(1, 0, 1, [1]);
        await log.WhenDurableAsync(1);

        disk.Stop();
        Task<StorageException> writer = Task.Run(() => Assert.Throws<StorageException>(() =>
        {
            for (int i = 0; i < ManyRecords; i++) log.Append(1, 0, 1, new byte[900]);
        }));

        // Memory is full when the writer gets no further; the commit that it asks for is under way soon after.
        ulong last = 0;
        for (int same = 0; same < 10_000; same = log.LastSequence == last ? same + 1 : 0)
        {
            last = log.LastSequence;
            await Task.Yield();
        }

        Assert.InRange(log.LastSequence, 4UL, (ulong)ManyRecords - 1);
        disk.Fail();
        Assert.Equal(StorageFailure.Refused, (await writer.WaitAsync(TimeSpan.FromMinutes(1))).Failure);
        await Assert.ThrowsAsync<StorageException>(async () => await log.WhenDurableAsync(log.LastSequence).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Memory_of_four_pages_takes_records_of_any_size_one_after_the_other()
    {
        Random random = TestSeed.Random();
        List<byte[]> bodies = [];
        string path = _directory.Combine("log");
        await using (FasterRecordLog log = FasterRecordLog.Create(path, StorageSetup.SmallLog, StorageSetup.Disk))
        {
            for (int i = 0; i < 400; i++)
            {
                bodies.Add(StorageSetup.Body(random, StorageSetup.SmallLog.MaxBodyBytes));
                log.Append(1, 0, 1, bodies[^1]);
            }
        }

        await using FasterRecordLog again = FasterRecordLog.Open(path, StorageSetup.SmallLog, StorageSetup.Disk);
        Assert.True(bodies.Select(Convert.ToHexString).SequenceEqual(again.Replay(0).Select(record => Convert.ToHexString(record.Body.Span))), TestSeed.Describe);
    }

    /// <summary>Writes wait from <see cref="Stop"/> to <see cref="Fail"/> and fail from then on.</summary>
    private sealed class StuckDisk : StorageFault, IDisposable
    {
        private readonly ManualResetEventSlim _mayGoOn = new(true);
        private volatile bool _fails;

        public void Stop() => _mayGoOn.Reset();

        public void Fail()
        {
            _fails = true;
            _mayGoOn.Set();
        }

        public override long Before(StorageOperation operation, string path, long length)
        {
            if (operation != StorageOperation.Write) return length;
            _mayGoOn.Wait();
            return _fails ? throw new IOException("No space left on device (injected fault)") : length;
        }

        public void Dispose() => _mayGoOn.Dispose();
    }
}
