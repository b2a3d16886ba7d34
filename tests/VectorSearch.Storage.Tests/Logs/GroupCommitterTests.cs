namespace VectorSearch.Storage.Tests.Logs;

/// <summary>Whoever waits for a commit is told how it ended, whatever becomes of the log.</summary>
public class GroupCommitterTests
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(1);

    [Fact]
    public async Task A_record_that_a_closed_log_never_committed_is_not_waited_for()
    {
        GroupCommitter committer = new(0, () => 1, _ => ValueTask.CompletedTask, Never);
        await committer.DisposeAsync();
        await committer.WhenDurableAsync(1, CancellationToken.None);
        StorageException closed = await Assert.ThrowsAsync<StorageException>(async () => await committer.WhenDurableAsync(2, CancellationToken.None));
        Assert.Equal(StorageFailure.Refused, closed.Failure);
        Assert.Null(committer.Fault);
    }

    [Fact]
    public async Task Who_asks_for_a_commit_while_the_log_is_closed_is_not_left_waiting()
    {
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously), go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        GroupCommitter committer = new(0, () => 1, async _ =>
        {
            entered.TrySetResult();
            await go.Task;
        }, Never);
        Task underWay = committer.CommitAsync(CancellationToken.None);
        await entered.Task;
        Task late = committer.CommitAsync(CancellationToken.None);
        Task closing = committer.DisposeAsync().AsTask();
        go.SetResult();
        await closing;

        // The last commit may count for them or not; what they may not do is wait for another.
        foreach (Task asked in new[] { underWay, late })
        {
            if (await Record.ExceptionAsync(() => asked) is { } told) Assert.IsType<StorageException>(told);
        }

        await Assert.ThrowsAsync<StorageException>(() => committer.CommitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_defect_in_a_commit_is_told_as_a_fault_of_the_log()
    {
        GroupCommitter committer = new(0, () => 1, _ => throw new InvalidOperationException("a defect"), Never);
        StorageException told = await Assert.ThrowsAsync<StorageException>(async () => await committer.WhenDurableAsync(1, CancellationToken.None));
        Assert.Contains("a defect", told.Message, StringComparison.Ordinal);
        Assert.Same(told, committer.Fault);
        await committer.DisposeAsync();
    }
}
