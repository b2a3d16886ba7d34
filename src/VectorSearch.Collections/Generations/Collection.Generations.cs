using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <content>Its generations: asking one, rebuilding, promoting, rolling back.</content>
public sealed partial class Collection
{
    private static readonly GenerationState[] Promotable = [GenerationState.Canary, GenerationState.Retained];

    /// <summary>All generations, newest first; of those that are retired or refused what is written down.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public IReadOnlyList<Generation> Generations => Guarded(live => live.DescribeGenerations());

    /// <summary>A rebuild that was under way when the process ended; null if there is none. Nothing is done about it until it is resumed or abandoned.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.Damaged"/> or <see cref="ErrorCode.Unavailable"/>.</exception>
    public InterruptedRebuild? Interrupted => Guarded(live => live.Rebuilder.Interrupted);

    /// <summary>One generation.</summary>
    /// <param name="number">Which; 0 for the one that answers.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/>.</exception>
    public Generation GetGeneration(ulong number)
    {
        IReadOnlyList<Generation> all = Generations;
        return all.FirstOrDefault(generation => number == 0 ? generation.State == GenerationState.Serving : generation.Number == number)
            ?? throw new VectorSearchException(ErrorCode.NotFound, "number", $"{number}", $"one of {string.Join(", ", all.Select(generation => generation.Number).Order())}, the generations of '{_name}'");
    }

    /// <summary>Keeps a generation to ask it, whatever is exchanged meanwhile.</summary>
    /// <param name="number">Which; 0 for the one that answers.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/> if there is none of this number with its data.</exception>
    public GenerationReader Pin(ulong number = 0)
    {
        LiveCollection live = Live;
        LiveGeneration pinned = (number == 0 ? live.Generations.PinServing() : live.Generations.Pin(number)) ?? throw new VectorSearchException(
            ErrorCode.NotFound, "number", $"{number}",
            $"one of {string.Join(", ", live.Generations.Current.All.Select(generation => generation.Number).Order())}, the generations of '{_name}' whose data is there");
        return new GenerationReader(pinned, _name);
    }

    /// <summary>What a rebuild would do. Changes nothing.</summary>
    /// <param name="target">What the next generation shall be.</param>
    /// <param name="withBridge">Whether a bridge would be fitted, so that points that came as vectors can be mapped.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="VectorSearchException">The target is wrong, or the server does not have its model. Points that cannot be carried over are no fault here.</exception>
    public RebuildPlan PlanRebuild(RebuildTarget target, bool withBridge = false, CancellationToken cancellation = default) =>
        Guarded(live => live.Rebuilder.Plan(target, withBridge, cancellation));

    /// <summary>
    /// Builds the next generation beside the one that answers, and lets it serve if the gate says so. Reads and writes go on.
    /// Cancelled or failed it leaves nothing; a crash or a close of the catalog leaves it to be resumed.
    /// </summary>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.FailedPrecondition"/> if points cannot be carried over (how many and which), a rebuild is under way
    /// or the model is missing; <see cref="ErrorCode.ResourceExhausted"/> if it would take too much memory;
    /// <see cref="ErrorCode.InvalidArgument"/>; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<RebuildResult> RebuildAsync(RebuildRequest request, IProgress<RebuildProgress>? progress = null, CancellationToken cancellation = default) =>
        GuardedAsync(live => live.Rebuilder.RunAsync(request, progress, cancellation));

    /// <summary>
    /// Seals every point: a rebuild of the same space into the sealed form, as after an import of millions. What it replaces
    /// is not retained.
    /// </summary>
    /// <param name="processors">Processors that it may keep busy on average.</param>
    /// <param name="progress">Told of each phase.</param>
    /// <param name="cancellation">Ends it and leaves nothing.</param>
    /// <exception cref="VectorSearchException">As for <see cref="RebuildAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<RebuildResult> SealAsync(double processors = 1, IProgress<RebuildProgress>? progress = null, CancellationToken cancellation = default) =>
        RebuildAsync(new RebuildRequest { Target = new RebuildTarget { Index = IndexKind.Sealed }, Processors = processors, Keep = 0 }, progress, cancellation);

    /// <summary>Goes on with the rebuild that was <see cref="Interrupted"/>, from its last durable phase.</summary>
    /// <exception cref="VectorSearchException">As for <see cref="RebuildAsync"/>; <see cref="ErrorCode.FailedPrecondition"/> if none was interrupted.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<RebuildResult> ResumeRebuildAsync(RebuildHooks hooks, IProgress<RebuildProgress>? progress = null, CancellationToken cancellation = default) =>
        GuardedAsync(live => live.Rebuilder.ResumeAsync(hooks, progress, cancellation));

    /// <summary>Removes what there is of the rebuild that was <see cref="Interrupted"/>; nothing if none was.</summary>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.FailedPrecondition"/> while one is under way; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.</exception>
    public Task AbandonRebuildAsync(CancellationToken cancellation = default) => GuardedAsync(async live =>
    {
        await live.Rebuilder.AbandonAsync(cancellation).ConfigureAwait(false);
        return 0;
    });

    /// <summary>Lets a canary or a retained generation serve; the one that served is retained. When the task ends it survives a crash.</summary>
    /// <param name="number">Which.</param>
    /// <param name="acceptMissing">Do so even if it lacks points of the collection.</param>
    /// <param name="cancellation">Gives up before anything is done.</param>
    /// <exception cref="VectorSearchException">
    /// <see cref="ErrorCode.NotFound"/>; <see cref="ErrorCode.FailedPrecondition"/> if its state is another, it lacks points (how
    /// many and which) or a rebuild is under way; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.
    /// </exception>
    public Task<Generation> PromoteAsync(ulong number, bool acceptMissing = false, CancellationToken cancellation = default) =>
        GuardedAsync(live => live.WhileNotRebuilding(() => live.Exchange.PromoteAsync(number, acceptMissing, Promotable, cancellation)));

    /// <summary>Lets the retained generation serve again that served last. When the task ends it survives a crash.</summary>
    /// <param name="acceptMissing">Do so even if it lacks points of the collection.</param>
    /// <param name="cancellation">Gives up before anything is done.</param>
    /// <exception cref="VectorSearchException">As for <see cref="PromoteAsync"/>; <see cref="ErrorCode.FailedPrecondition"/> if none is retained.</exception>
    public Task<Generation> RollbackAsync(bool acceptMissing = false, CancellationToken cancellation = default) =>
        GuardedAsync(live => live.WhileNotRebuilding(() => live.Exchange.PromoteAsync(live.Exchange.Predecessor(), acceptMissing, [GenerationState.Retained], cancellation)));

    /// <summary>Removes the data of a canary or a retained generation; what it was and its documents remain.</summary>
    /// <param name="number">Which.</param>
    /// <param name="cancellation">Gives up before anything is done.</param>
    /// <exception cref="VectorSearchException">As for <see cref="PromoteAsync"/>.</exception>
    public Task<Generation> RetireAsync(ulong number, CancellationToken cancellation = default) =>
        GuardedAsync(live => live.WhileNotRebuilding(() => live.Exchange.RetireAsync(number, Promotable, GenerationState.Retired, "", cancellation)));

    /// <summary>A document of a generation, such as its <c>report</c>; null if it has none of this name.</summary>
    /// <param name="number">Which generation.</param>
    /// <param name="name">Name of the document: a-z, 0-9 and '-'.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/> without such a generation; <see cref="ErrorCode.Damaged"/>.</exception>
    public byte[]? ReadDocument(ulong number, string name)
    {
        ulong known = GetGeneration(number).Number;
        return Guarded(live => live.ReadDocument(known, name));
    }

    /// <summary>Keeps a document with a generation, in the place of an older one; when this returns it survives a crash.</summary>
    /// <param name="number">Which generation.</param>
    /// <param name="name">Name of the document: a-z, 0-9 and '-'.</param>
    /// <param name="bytes">At most <see cref="CollectionLimits.DocumentBytes"/>.</param>
    /// <exception cref="VectorSearchException"><see cref="ErrorCode.NotFound"/> without such a generation; <see cref="ErrorCode.ReadOnly"/> if the disk refuses.</exception>
    public void WriteDocument(ulong number, string name, ReadOnlyMemory<byte> bytes)
    {
        ulong known = GetGeneration(number).Number;
        QueryGuard.Within("bytes", bytes.Length, CollectionLimits.DocumentBytes);
        Guarded(live =>
        {
            live.WriteDocument(known, name, bytes.Span);
            return bytes.Length;
        });
    }

    private T Guarded<T>(Func<LiveCollection, T> act)
    {
        try
        {
            return act(Live);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
    }

    private async Task<T> GuardedAsync<T>(Func<LiveCollection, Task<T>> act)
    {
        try
        {
            return await act(Live).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            throw StorageFaults.Translate(_name, e);
        }
    }
}
