using VectorSearch.Cli.Bench;

namespace VectorSearch.Cli.Tests.Bench;

/// <summary>Calls that nobody waits for one by one are waited for in the end, and no fault of theirs is lost.</summary>
public class CallsUnderWayTests
{
    [Fact]
    public async Task The_end_comes_after_the_last_call_and_tells_what_none_expected()
    {
        TaskCompletionSource slow = new(), broken = new();
        CallsUnderWay calls = new();
        calls.Add(Task.CompletedTask);
        calls.Add(slow.Task);
        calls.Add(broken.Task);
        broken.SetException(new InvalidDataException());
        Task end = calls.EndAsync();
        Assert.False(end.IsCompleted);
        slow.SetResult();
        await Assert.ThrowsAsync<InvalidDataException>(() => end);
    }
}
