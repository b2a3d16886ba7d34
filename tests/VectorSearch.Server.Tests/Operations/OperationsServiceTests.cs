using Google.Protobuf.WellKnownTypes;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Services;
using VectorSearch.Testing;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Operations;

public sealed class OperationsServiceTests
{
    [Fact]
    public async Task Who_waits_for_an_operation_does_not_keep_the_server_from_ending()
    {
        using TempDirectory directory = new();
        await using OperationRegistry registry = new(TimeProvider.System, new OperationJournal(directory.Path, static _ => { }));
        Operation operation = registry.Start("snapshot", "films", async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return new OperationResult.Snapshot(0);
        });
        using CancellationTokenSource stopping = new();
        Task<Proto.WaitOperationReply> waiting = new OperationsService(registry, TimeProvider.System).WaitAsync(
            new Proto.WaitOperationRequest { Name = operation.Name, Timeout = Duration.FromTimeSpan(TimeSpan.FromMinutes(10)) }, stopping.Token, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        await stopping.CancelAsync();
        Assert.Equal(Proto.Operation.Types.State.Running, (await waiting.WaitAsync(TimeSpan.FromMinutes(1))).Operation.State);
    }
}
