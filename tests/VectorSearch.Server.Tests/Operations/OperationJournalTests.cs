using VectorSearch.Grpc;
using VectorSearch.Server.Operations;
using VectorSearch.Storage;
using VectorSearch.Testing;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Operations;

/// <summary>Operations outlive the server: what ended is remembered, what was interrupted goes on under its name.</summary>
public sealed class OperationJournalTests : IDisposable
{
    private static readonly Func<Proto.Operation, ReadOnlyMemory<byte>, OperationWork?> Never = (_, _) => null;

    private readonly TempDirectory _directory = new();
    private readonly List<StorageException> _faults = [];

    public void Dispose() => _directory.Dispose();

    private OperationRegistry Open(Func<Proto.Operation, ReadOnlyMemory<byte>, OperationWork?>? again = null)
    {
        OperationRegistry registry = new(TimeProvider.System, new OperationJournal(_directory.Path, _faults.Add));
        registry.Recover(again ?? Never);
        return registry;
    }

    private static async Task<OperationView> EndOf(Operation operation)
    {
        for (Task changed = operation.Changed; !operation.View.IsOver; changed = operation.Changed) await changed;
        return operation.View;
    }

    [Fact]
    public async Task What_ended_is_remembered_with_its_result_and_its_fault()
    {
        string good, bad;
        await using (OperationRegistry first = Open())
        {
            Operation snapshot = first.Start("snapshot", "films", (_, _) => Task.FromResult<OperationResult>(new OperationResult.Snapshot(42)));
            Operation failing = first.Start("snapshot", "films", (_, _) => throw new VectorSearch.Collections.VectorSearchException(VectorSearch.Collections.ErrorCode.ReadOnly, "The disk is full."));
            await EndOf(snapshot);
            await EndOf(failing);
            (good, bad) = (snapshot.Name, failing.Name);
        }

        await using OperationRegistry second = Open();
        Assert.Equal(new OperationResult.Snapshot(42), second.Get(good).View.Result);
        Assert.Equal(OperationState.Succeeded, second.Get(good).View.State);
        Assert.Equal(((int)GrpcStatusCode.Unavailable, "The disk is full."), (second.Get(bad).View.Fault!.Code, second.Get(bad).View.Fault!.Message));
        Assert.Equal(2, second.List().Count);
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task What_a_restart_interrupts_goes_on_under_its_name_with_its_request()
    {
        string name;
        TaskCompletionSource<OperationResult> closed = new();
        await using (OperationRegistry first = Open())
        {
            Operation endless = first.Start("rebuild", "films", (_, _) => closed.Task, new Proto.RebuildRequest { Collection = "films", Model = "sha256:ab" });
            name = endless.Name;
            await first.StopAsync();
            closed.SetCanceled(); // as a collection does that is closed
        }

        List<string> begun = [];
        await using OperationRegistry second = Open((operation, request) =>
        {
            begun.Add($"{operation.Name} {Proto.RebuildRequest.Parser.ParseFrom(request.Span).Model}");
            return (_, _) => Task.FromResult<OperationResult>(new OperationResult.Rebuild(new Proto.RebuildResult { Generation = 2 }));
        });
        await EndOf(second.Get(name));
        Assert.Equal([$"{name} sha256:ab"], begun);
        Assert.Equal(2UL, Assert.IsType<OperationResult.Rebuild>(second.Get(name).View.Result).Outcome.Generation);
    }

    [Fact]
    public async Task What_cannot_go_on_has_failed_and_says_so()
    {
        string name;
        await using (OperationRegistry first = Open()) name = first.Start("snapshot", "films", EndlessAsync).Name;
        await using OperationRegistry second = Open();
        OperationView view = second.Get(name).View;
        Assert.Equal((OperationState.Failed, (int)GrpcStatusCode.Unavailable), (view.State, view.Fault!.Code));
        Assert.Contains("Begin it again", view.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_its_caller_cancelled_stays_cancelled()
    {
        string name;
        await using (OperationRegistry first = Open())
        {
            Operation endless = first.Start("rebuild", "films", EndlessAsync, new Proto.RebuildRequest { Collection = "films" });
            endless.Cancel();
            await EndOf(endless);
            name = endless.Name;
        }

        await using OperationRegistry second = Open((_, _) => throw new InvalidOperationException("It must not be begun again."));
        Assert.Equal(OperationState.Cancelled, second.Get(name).View.State);
    }

    [Fact]
    public async Task One_that_was_cancelled_is_not_begun_again_though_the_server_died_before_it_ended()
    {
        TaskCompletionSource<OperationResult> slow = new();
        OperationRegistry first = Open();
        Operation stubborn = first.Start("rebuild", "films", (_, _) => slow.Task, new Proto.RebuildRequest { Collection = "films" });
        first.Cancel(stubborn.Name);
        await using (OperationRegistry second = Open((_, _) => throw new InvalidOperationException("It must not be begun again.")))
            Assert.Equal(OperationState.Cancelled, second.Get(stubborn.Name).View.State);

        // One that was through before is told as such all the same.
        slow.SetResult(new OperationResult.Snapshot(7));
        await first.DisposeAsync();
        await using OperationRegistry third = Open();
        Assert.Equal(OperationState.Succeeded, third.Get(stubborn.Name).View.State);
    }

    [Fact]
    public async Task A_damaged_file_is_told_and_keeps_no_server_from_starting()
    {
        await using (OperationRegistry first = Open()) await EndOf(first.Start("snapshot", "films", (_, _) => Task.FromResult<OperationResult>(new OperationResult.Snapshot(1))));
        string file = Assert.Single(Directory.GetFiles(_directory.Path));
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await using OperationRegistry second = Open();
        Assert.Empty(second.List());
        Assert.Equal(file, Assert.Single(_faults).File);
    }

    private static async Task<OperationResult> EndlessAsync(IProgress<OperationProgress> progress, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        throw new InvalidOperationException("Nobody waits for ever.");
    }
}
