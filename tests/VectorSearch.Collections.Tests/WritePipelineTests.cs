using VectorSearch.Storage;

namespace VectorSearch.Collections.Tests;

/// <summary>Nobody is left waiting when the log fails, nor when we do.</summary>
public class WritePipelineTests
{
    private readonly List<string> _told = [];

    [Fact]
    public async Task A_read_that_waits_for_a_record_is_told_when_the_disk_refuses_it()
    {
        ScriptedLog log = new() { Failure = new StorageException(StorageFailure.Refused, "wal.log", -1, "a write", "no space") };
        await using WritePipeline pipeline = Open(log, () => throw log.Failure);
        Task<WriteReceipt> refused = (await pipeline.BeginAsync(Delete(), CancellationToken.None))!;
        Task waiting = pipeline.WaitForAsync(1, CancellationToken.None);
        await Refused(refused);
        await Refused(waiting);
        await Refused(pipeline.WaitForAsync(1, CancellationToken.None));
    }

    [Fact]
    public async Task A_defect_while_the_log_is_opened_again_is_told_and_ends_writes_but_no_wait()
    {
        ScriptedLog log = new() { Failure = new StorageException(StorageFailure.Refused, "wal.log", -1, "a write", "no space") };
        TaskCompletionSource opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WritePipeline pipeline = Open(log, () =>
        {
            opening.SetResult();
            throw new InvalidOperationException("a defect");
        });
        await Refused((await pipeline.BeginAsync(Delete(), CancellationToken.None))!);
        await opening.Task;
        await pipeline.DisposeAsync(); // ends once the pipeline has dealt with it
        Assert.Contains("after a defect: a defect", pipeline.ReadOnlyCause, StringComparison.Ordinal);
        Assert.Contains(_told, line => line.Contains("after a defect: a defect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_defect_while_a_record_is_appended_leaves_no_place_in_the_queue_taken()
    {
        ScriptedLog log = new() { Defect = new InvalidOperationException("a defect") };
        WritePipeline pipeline = Open(log, () => log);
        await Refused((await pipeline.BeginAsync(Delete(), CancellationToken.None))!);
        await Refused(pipeline.BeginAsync(Delete(), CancellationToken.None));
        await Refused(pipeline.AtRestAsync(_ => Assert.Fail("It may not be done."), CancellationToken.None));
        await pipeline.DisposeAsync();
    }

    [Fact]
    public async Task A_write_that_was_prepared_for_other_generations_gets_no_place_and_takes_none()
    {
        ScriptedLog log = new();
        await using WritePipeline pipeline = Open(log, () => log);
        LiveGeneration other = LiveGenerationSetup.Make(2);
        PendingWrite stale = new(new GenerationSet(other, [other]), Delete().Mutations, Delete().Bodies, Durability.Committed);
        for (int i = 0; i <= WritePipeline.MaxQueuedWrites; i++)
        {
            Task<Task<WriteReceipt>?> begun = pipeline.BeginAsync(stale, CancellationToken.None);
            Assert.True(begun.IsCompleted, $"write {i} waits for a place");
            Assert.Null(await begun);
        }

        Assert.Equal(1UL, (await (await pipeline.BeginAsync(Delete(), CancellationToken.None))!).Lsn);
        await other.DisposeAsync();
    }

    private WritePipeline Open(IRecordLog log, Func<IRecordLog> reopen)
    {
        LiveGeneration only = LiveGenerationSetup.Make(1);
        return new WritePipeline(
            new LiveGenerations(new GenerationSet(only, [only])), log, default, reopen, (line, _) =>
            {
                lock (_told) _told.Add(line);
            });
    }

    private static PendingWrite Delete()
    {
        Mutation delete = new() { Kind = MutationKind.Delete, Space = TestCatalog.Space, Ids = [new PointId(1)] };
        return new PendingWrite(null, [delete], [delete.ToBytes()], Durability.Committed);
    }

    private static async Task Refused(Task task) => Assert.Equal(ErrorCode.ReadOnly, (await Assert.ThrowsAsync<VectorSearchException>(() => task)).Code);

    /// <summary>A log in memory that takes records and does not make them durable.</summary>
    private sealed class ScriptedLog : IRecordLog
    {
        private ulong _last;

        public StorageException? Failure { get; init; }

        public Exception? Defect { get; init; }

        public ulong LastSequence => _last;

        public ulong DurableSequence => 0;

        public long DiskBytes => 0;

        public StorageException? Fault => Failure;

        public Task<StorageException> Failed { get; } = new TaskCompletionSource<StorageException>().Task;

        public IEnumerable<LogRecord> Replay(ulong afterSequence) => [];

        public LogPosition Append(byte kind, byte flags, uint generation, ReadOnlySpan<byte> body) =>
            Defect is null ? new LogPosition(++_last, 0) : throw Defect;

        public ValueTask WhenDurableAsync(ulong sequence, CancellationToken cancellation = default) =>
            Failure is null ? ValueTask.CompletedTask : ValueTask.FromException(Failure);

        public Task TruncateThroughAsync(LogPosition position, CancellationToken cancellation = default) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
