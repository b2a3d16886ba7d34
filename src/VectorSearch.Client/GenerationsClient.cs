using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// The generations of collections: how a retrained model comes into use. Messages are those of
/// <c>protos/vectorsearch/v1/generations.proto</c>, which document every field. All methods throw
/// <see cref="VectorSearchClientException"/> where the server refuses.
/// </summary>
public sealed class GenerationsClient
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private readonly Transport _transport;

    internal GenerationsClient(Transport transport) => _transport = transport;

    /// <summary>All generations of a collection, the newest first.</summary>
    public async Task<IReadOnlyList<Generation>> ListAsync(string collection, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.ListGenerations, new() { Collection = collection }, null, cancellationToken).ConfigureAwait(false)).Generations;

    /// <summary>A generation of a collection; 0 for the one that answers.</summary>
    public async Task<Generation> GetAsync(string collection, ulong number = 0, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.GetGeneration, new() { Collection = collection, Number = number }, null, cancellationToken).ConfigureAwait(false)).Generation;

    /// <summary>Where the vectors of a new generation would come from; nothing is done.</summary>
    public async Task<RebuildPlan> PlanAsync(RebuildRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RebuildRequest plan = request.Clone();
        plan.ValidateOnly = true;
        return (await _transport.UnaryAsync(Methods.Rebuild, plan, null, cancellationToken).ConfigureAwait(false)).Plan;
    }

    /// <summary>Begins to build the next generation and returns the operation that does it, which goes on without this client.</summary>
    public async Task<Operation> StartRebuildAsync(RebuildRequest request, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.Rebuild, request, null, cancellationToken).ConfigureAwait(false)).Operation;

    /// <summary>Builds the next generation and waits for the gate's decision.</summary>
    /// <param name="request">What to build; the collection at least.</param>
    /// <param name="progress">Told how far it is; first of all, which operation it is.</param>
    /// <param name="cancellationToken">Ends the wait, not the rebuild; see <see cref="CancelAsync"/>.</param>
    /// <exception cref="VectorSearchClientException">The rebuild could not be begun, failed, or was cancelled.</exception>
    public async Task<RebuildResult> RebuildAsync(RebuildRequest request, IProgress<Operation>? progress = null, CancellationToken cancellationToken = default)
    {
        Operation operation = await StartRebuildAsync(request, cancellationToken).ConfigureAwait(false);
        progress?.Report(operation);
        await foreach (Operation now in WatchAsync(operation.Name, cancellationToken).ConfigureAwait(false))
        {
            operation = now;
            progress?.Report(now);
        }

        return operation.State switch
        {
            Operation.Types.State.Succeeded => operation.Rebuild,
            Operation.Types.State.Failed => throw new VectorSearchClientException((GrpcStatusCode)operation.Fault.Code, operation.Fault.Message),
            _ => throw new VectorSearchClientException(GrpcStatusCode.Cancelled, $"The rebuild {operation.Name} was cancelled; the generation that answered goes on."),
        };
    }

    /// <summary>An operation now, then whenever it changes, and last when it has ended. Goes on after a broken connection.</summary>
    public async IAsyncEnumerable<Operation> WatchAsync(string operation, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // By waits of a moment, not a stream: each is repeated by the retry policy, so that a restart of the server is only a pause.
        Operation? told = null;
        while (true)
        {
            WaitOperationRequest request = new() { Name = operation, Timeout = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(200)) };
            Operation now = (await _transport.UnaryAsync(Methods.WaitOperation, request, null, cancellationToken).ConfigureAwait(false)).Operation;
            if (!now.Equals(told)) yield return now;
            if (now.State != Operation.Types.State.Running) yield break;
            told = now;
        }
    }

    /// <summary>Waits until an operation has ended.</summary>
    public async Task<Operation> WaitAsync(string operation, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            WaitOperationRequest request = new() { Name = operation, Timeout = Duration.FromTimeSpan(LongestWait) };
            Operation now = (await _transport.UnaryAsync(Methods.WaitOperation, request, LongestWait + TimeSpan.FromSeconds(30), cancellationToken).ConfigureAwait(false)).Operation;
            if (now.State != Operation.Types.State.Running) return now;
        }
    }

    /// <summary>All operations, of a collection if it is named, the newest first.</summary>
    public async Task<IReadOnlyList<Operation>> ListOperationsAsync(string collection = "", CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.ListOperations, new() { Collection = collection }, null, cancellationToken).ConfigureAwait(false)).Operations;

    /// <summary>Asks an operation to stop.</summary>
    public async Task<Operation> CancelAsync(string operation, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.CancelOperation, new() { Name = operation }, null, cancellationToken).ConfigureAwait(false)).Operation;

    /// <summary>Lets a generation answer that was built and does not; 0 for the newest such.</summary>
    public async Task<Generation> PromoteAsync(string collection, ulong number = 0, bool acceptMissing = false, CancellationToken cancellationToken = default)
    {
        PromoteGenerationRequest request = new() { Collection = collection, Number = number, AcceptMissing = acceptMissing };
        return (await _transport.UnaryAsync(Methods.PromoteGeneration, request, null, cancellationToken).ConfigureAwait(false)).Generation;
    }

    /// <summary>Lets the generation answer again that answered before, and returns it.</summary>
    public async Task<Generation> RollbackAsync(string collection, bool acceptMissing = false, CancellationToken cancellationToken = default)
    {
        RollbackGenerationRequest request = new() { Collection = collection, AcceptMissing = acceptMissing };
        return (await _transport.UnaryAsync(Methods.RollbackGeneration, request, null, cancellationToken).ConfigureAwait(false)).Generation;
    }

    /// <summary>Gives up a generation that does not answer; its record and report stay.</summary>
    public async Task<Generation> RetireAsync(string collection, ulong number, CancellationToken cancellationToken = default) =>
        (await _transport.UnaryAsync(Methods.RetireGeneration, new() { Collection = collection, Number = number }, null, cancellationToken).ConfigureAwait(false)).Generation;

    /// <summary>Compares two generations as the gate does, and shows what changed the most.</summary>
    /// <param name="request">Which; the collection at least.</param>
    /// <param name="timeout">For the whole call; null takes the client's.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<DiffGenerationsReply> DiffAsync(DiffGenerationsRequest request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _transport.UnaryAsync(Methods.DiffGenerations, request, timeout, cancellationToken);

    /// <summary>Switches the bridge of the generation that answers: whether queries may still send vectors of the space before.</summary>
    /// <param name="collection">The collection.</param>
    /// <param name="enabled">On or off.</param>
    /// <param name="grace">How long it stays on; null for no end.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<Bridge> UpdateBridgeAsync(string collection, bool enabled, TimeSpan? grace = null, CancellationToken cancellationToken = default)
    {
        UpdateBridgeRequest request = new() { Collection = collection, Enabled = enabled, Time = grace is { } time ? Duration.FromTimeSpan(time) : null };
        return (await _transport.UnaryAsync(Methods.UpdateBridge, request, null, cancellationToken).ConfigureAwait(false)).Bridge;
    }
}
