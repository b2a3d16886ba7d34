using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// Changes which generations are live and which of them answers. A change is on disk before it is seen: manifest, then the
/// pointer (<see cref="LiveGenerations"/>). One at a time.
/// </summary>
internal sealed class GenerationExchange(
    LiveGenerations generations, WritePipeline pipeline, Snapshotter snapshotter, ManifestKeeper manifest, GenerationHistory history, TimeProvider time,
    Action<string, bool> report) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>
    /// Lets a generation serve. Between two writes, so that every write is either before the exchange, and in both
    /// generations, or after it, and was checked against the new one.
    /// </summary>
    /// <param name="number">Which; one that serves already is left as it is.</param>
    /// <param name="acceptMissing">Go on though it lacks points of the collection.</param>
    /// <param name="states">The states that it may come from.</param>
    /// <param name="cancellation">Gives up before anything is done.</param>
    /// <exception cref="VectorSearchException">There is no such generation, its state is another, or it lacks points.</exception>
    /// <exception cref="StorageException">The disk refused; the old one serves on.</exception>
    public Task<Generation> PromoteAsync(ulong number, bool acceptMissing, GenerationState[] states, CancellationToken cancellation) => OneAsync(
        async () =>
        {
            LiveGeneration next = Find(number);
            if (next.State == GenerationState.Serving) return next.Describe();
            Require(next, states, "be promoted");
            ulong old = generations.Current.Serving.Number;
            await pipeline.AtRestAsync(_ => Exchange(next, acceptMissing), cancellation).ConfigureAwait(false);
            report($"Generation {number} serves in the place of {old}.", false);
            return next.Describe();
        },
        cancellation);

    /// <summary>The retained generation that served last.</summary>
    /// <exception cref="VectorSearchException">There is none.</exception>
    public ulong Predecessor() => generations.Current.Others
        .Where(generation => generation.State == GenerationState.Retained)
        .MaxBy(generation => generation.Entry.Turn)?.Number ?? throw new VectorSearchException(
            ErrorCode.FailedPrecondition, "There is no retained generation to go back to.");

    /// <summary>Removes the data of a generation that does not serve. What it was and its documents remain.</summary>
    public Task<Generation> RetireAsync(ulong number, GenerationState[] states, GenerationState ended, string reason, CancellationToken cancellation) => OneAsync(
        async () =>
        {
            LiveGeneration leaving = Find(number);
            Require(leaving, states, "be retired");
            GenerationRecord record = history.Read(number) with { Ended = ended, Reason = reason };
            history.Write(record);
            await RemoveAsync(number).ConfigureAwait(false);
            report($"Generation {number} is {(ended == GenerationState.Refused ? $"refused: {reason}" : "retired")}.", false);
            return record.ToGeneration(ended);
        },
        cancellation);

    /// <summary>Retires the retained generations that served before the last <paramref name="keep"/>.</summary>
    public async Task RetireBeyondAsync(int keep)
    {
        ulong[] older = [.. generations.Current.Others
            .Where(generation => generation.State == GenerationState.Retained)
            .OrderByDescending(generation => generation.Entry.Turn)
            .Skip(keep)
            .Select(generation => generation.Number)];
        foreach (ulong number in older)
            await RetireAsync(number, [GenerationState.Retained], GenerationState.Retired, "", CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Lets a generation that is not complete yet take every write from here on.</summary>
    public Task AttachAsync(LiveGeneration joining, CancellationToken cancellation) =>
        pipeline.AtRestAsync(_ => generations.Replace(generations.Current.With(joining)), cancellation);

    /// <summary>Lets a generation answer a share of the queries.</summary>
    public Task TryOutAsync(LiveGeneration canary, double share, CancellationToken cancellation) => OneAsync(
        () =>
        {
            Refresh(manifest.Change(current => Change(current, canary.Number, entry => entry with { State = (byte)GenerationState.Canary, CanaryShare = share })));
            return Task.FromResult(canary);
        },
        cancellation);

    /// <summary>Forgets a generation that was never judged, with all that is written down about it.</summary>
    /// <exception cref="StorageException">The disk refused; a restart finds what is left.</exception>
    public Task ForgetAsync(ulong number) => OneAsync(
        async () =>
        {
            await RemoveAsync(number).ConfigureAwait(false);
            history.Delete(number);
            return number;
        },
        CancellationToken.None);

    public void Dispose() => _one.Dispose();

    private async Task<T> OneAsync<T>(Func<Task<T>> change, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await change().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    private LiveGeneration Find(ulong number) => generations.Current.Find(number) ?? throw new VectorSearchException(
        ErrorCode.NotFound, "generation", $"{number}", $"one of {string.Join(", ", generations.Current.All.Select(one => one.Number).Order())}, whose data is there");

    private static void Require(LiveGeneration generation, GenerationState[] states, string what)
    {
        if (states.Contains(generation.State)) return;
        throw new VectorSearchException(
            ErrorCode.FailedPrecondition, $"Generation {generation.Number} is {generation.State}: only one that is {string.Join(" or ", states)} can {what}.");
    }

    private void Exchange(LiveGeneration next, bool acceptMissing)
    {
        GenerationSet set = generations.Current;
        if (next.Table.MissingCount is > 0 and int missing && !acceptMissing)
        {
            throw new VectorSearchException(
                ErrorCode.FailedPrecondition,
                $"Generation {next.Number} lacks {PointNames.Describe(missing, missing + next.Table.Count, next.Table.Missing.Select(pair => pair.Key))}, which cannot be carried into its space " +
                $"{next.Definition.Space}. Write them again with features or with vectors of that space, delete them, or accept that they are not answered.");
        }

        uint turn = manifest.Current.Generations.Max(entry => entry.Turn) + 1;
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        Manifest changed = manifest.Change(current => Change(
            Change(current, set.Serving.Number, entry => entry with { State = (byte)GenerationState.Retained }) with { Serving = next.Number },
            next.Number, entry => entry with { State = (byte)GenerationState.Serving, Turn = turn, ServedAt = now, CanaryShare = 0 }));
        generations.Replace(set.ServedBy(next));
        Refresh(changed); // later: GenerationSet.StateOf knows better until then
    }

    private async Task RemoveAsync(ulong number)
    {
        manifest.Change(current => current with { Generations = [.. current.Generations.Where(entry => entry.Number != number)] });
        LiveGeneration? leaving = await pipeline.BetweenWritesAsync(
            _ =>
            {
                LiveGeneration? found = generations.Current.Find(number);
                if (found is not null) generations.Replace(generations.Current.Without(found));
                return found;
            },
            CancellationToken.None).ConfigureAwait(false);
        if (leaving is not null) await leaving.DisposeAsync().ConfigureAwait(false);
        await snapshotter.RemoveOldAsync().ConfigureAwait(false);
        history.DeleteRows(number);
    }

    private static Manifest Change(Manifest manifest, ulong number, Func<ManifestGeneration, ManifestGeneration> change) =>
        manifest with { Generations = [.. manifest.Generations.Select(entry => entry.Number == number ? change(entry) : entry)] };

    private void Refresh(Manifest changed)
    {
        foreach (LiveGeneration generation in generations.Current.All)
            generation.Entry = changed.Generations.FirstOrDefault(entry => entry.Number == generation.Number) ?? generation.Entry;
    }
}
