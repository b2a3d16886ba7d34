namespace VectorSearch.Collections.Tests;

/// <summary>What is remembered of requests, and for how long.</summary>
public class RequestWindowTests
{
    [Fact]
    public async Task A_request_that_failed_first_is_remembered_as_long_as_any_other()
    {
        RequestWindow window = new(3);
        await Assert.ThrowsAsync<InvalidOperationException>(() => window.OnceAsync("a", () => throw new InvalidOperationException(), CancellationToken.None));
        await Do(window, "b", 1);
        await Do(window, "a", 2);
        await Do(window, "c", 3); // the first attempt of a leaves the window
        Assert.Equal(["b", "a", "c"], window.Answered().Select(request => request.RequestId));
        WriteReceipt again = await window.OnceAsync("a", () => throw new InvalidOperationException("done twice"), CancellationToken.None);
        Assert.Equal((2UL, true), (again.Lsn, again.Repeated));
    }

    [Fact]
    public async Task The_oldest_request_is_forgotten_first()
    {
        RequestWindow window = new(2);
        await Do(window, "a", 1);
        await Do(window, "b", 2);
        await Do(window, "c", 3);
        Assert.Equal(["b", "c"], window.Answered().Select(request => request.RequestId));
        Assert.False((await Do(window, "a", 4)).Repeated);
    }

    private static Task<WriteReceipt> Do(RequestWindow window, string id, ulong lsn) =>
        window.OnceAsync(id, () => Task.FromResult(Task.FromResult(new WriteReceipt(lsn, 1, TestCatalog.Space, 1, false))), CancellationToken.None);
}
