using System.Diagnostics;
using VectorSearch.Numerics;
using VectorSearch.Storage;

namespace VectorSearch.Collections;

/// <summary>
/// The rebuild of a collection: plan, embed, build, catch up, save, warm, judge, exchange. One at a time. Warming and judging
/// need the memory and the processor, saving the disk: they go on while it does, and the exchange waits for both.
/// <para>
/// What a restart finds: a generation that is <see cref="GenerationState.Building"/> is not on disk whole
/// and is built anew; one that is <see cref="GenerationState.Warming"/> is complete and takes every write, and goes on with
/// the warming. Until then the old one serves; after the exchange the new one does.
/// </para>
/// </summary>
internal sealed class Rebuilder(
    LiveGenerations generations, GenerationMaker maker, GenerationExchange exchange, WritePipeline pipeline, Snapshotter snapshotter, ManifestKeeper manifest,
    GenerationHistory history, CollectionFiles files, CatalogOptions options, MemoryBudget budget, Action saveAhead, Action<string, bool> report,
    CancellationToken closing)
{
    /// <summary>Looks for points that no walk reaches; writes go on, so that one look may find what the one before could not mend.</summary>
    private const int MostLooks = 5;

    private static readonly GenerationState[] Unfinished = [GenerationState.Building, GenerationState.Warming];

    private readonly Lock _lock = new();
    private TaskCompletionSource? _running;

    /// <summary>Whether one is under way.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock) return _running is not null;
        }
    }

    /// <summary>A rebuild that a restart interrupted and that was neither resumed nor abandoned; null if there is none.</summary>
    public InterruptedRebuild? Interrupted
    {
        get
        {
            if (IsRunning || Leftover is not { } entry) return null;
            return new InterruptedRebuild(
                entry.Number, history.Read(entry.Number).Target ?? new RebuildTarget(),
                (GenerationState)entry.State == GenerationState.Building ? RebuildPhase.Planning : RebuildPhase.Warming);
        }
    }

    private ManifestGeneration? Leftover => manifest.Current.Generations.FirstOrDefault(entry => Unfinished.Contains((GenerationState)entry.State));

    /// <summary>What a rebuild would do.</summary>
    public RebuildPlan Plan(RebuildTarget target, bool withBridge, CancellationToken cancellation)
    {
        LiveGeneration source = generations.PinServing();
        try
        {
            RebuildPlanner planner = new(source, options.Encoders);
            return planner.Plan(planner.Resolve(target, manifest.Current.LastNumber + 1, options.Time.GetUtcNow()), withBridge, null, cancellation);
        }
        finally
        {
            source.Unpin();
        }
    }

    /// <summary>See <see cref="Collection.RebuildAsync"/>.</summary>
    public Task<RebuildResult> RunAsync(RebuildRequest request, IProgress<RebuildProgress>? progress, CancellationToken cancellation) => AloneAsync(
        async (source, token) =>
        {
            if (Leftover is { } leftover)
                throw new VectorSearchException(ErrorCode.FailedPrecondition, $"The rebuild of generation {leftover.Number} was interrupted: resume or abandon it first.");
            if (manifest.Current.Generations.Count >= CollectionLimits.LiveGenerations.Max)
                throw new VectorSearchException(ErrorCode.ResourceExhausted, "generations", $"{manifest.Current.Generations.Count + 1}", $"at most {CollectionLimits.LiveGenerations.Max} with their data; retire one");
            Check(request);
            RebuildPlanner planner = new(source, options.Encoders);
            GenerationRecord record = planner.Resolve(request.Target, manifest.Current.LastNumber + 1, options.Time.GetUtcNow()) with
            {
                Processors = request.Processors,
                MemoryBytes = request.MemoryBytes,
                Keep = request.Keep,
            };
            RebuildRun run = new(record, request, progress);
            await run.Share.RunAsync(() => run.Plan = Plan(planner, run, token)).ConfigureAwait(false);
            history.Write(record);
            manifest.Change(current => current with
            {
                LastNumber = record.Number,
                Generations = [.. current.Generations, new ManifestGeneration(record.Number, (byte)GenerationState.Building, 0, 0, 0, "")],
            });
            return await BuildAsync(source, run, token, cancellation).ConfigureAwait(false);
        },
        cancellation,
        CleanUpAsync);

    /// <summary>See <see cref="Collection.ResumeRebuildAsync"/>.</summary>
    public Task<RebuildResult> ResumeAsync(RebuildHooks hooks, IProgress<RebuildProgress>? progress, CancellationToken cancellation) => AloneAsync(
        async (source, token) =>
        {
            if (Leftover is not { } entry) throw new VectorSearchException(ErrorCode.FailedPrecondition, "No rebuild was interrupted.");
            RebuildRun run = new(history.Read(entry.Number), hooks, progress);
            await run.Share.RunAsync(() => run.Plan = Plan(new RebuildPlanner(source, options.Encoders), run, token)).ConfigureAwait(false);
            return (GenerationState)entry.State == GenerationState.Building
                ? await BuildAsync(source, run, token, cancellation).ConfigureAwait(false)
                : await FinishAsync(source, generations.Current.Find(entry.Number)!, run, Task.CompletedTask, token, cancellation).ConfigureAwait(false);
        },
        cancellation,
        CleanUpAsync);

    /// <summary>See <see cref="Collection.AbandonRebuildAsync"/>.</summary>
    public Task AbandonAsync(CancellationToken cancellation) => AloneAsync(
        async (_, _) =>
        {
            if (Leftover is { } entry) await exchange.ForgetAsync(entry.Number).ConfigureAwait(false);
            return true;
        },
        cancellation);

    /// <summary>Ends when no rebuild is under way.</summary>
    public Task WhenEndedAsync()
    {
        lock (_lock) return _running?.Task ?? Task.CompletedTask;
    }

    /// <summary>What comes after <paramref name="work"/> may retire the generation that it was built from.</summary>
    private async Task<T> AloneAsync<T>(Func<LiveGeneration, CancellationToken, Task<T>> work, CancellationToken cancellation, Func<T, Task>? after = null)
    {
        TaskCompletionSource mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_running is not null) throw new VectorSearchException(ErrorCode.FailedPrecondition, "A rebuild of this collection is under way: wait for it or cancel it.");
            _running = mine;
        }

        LiveGeneration? source = null;
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closing);
            source = generations.PinServing();
            T result = await work(source, either.Token).ConfigureAwait(false);
            source.Unpin();
            source = null;
            if (after is not null) await after(result).ConfigureAwait(false);
            return result;
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new VectorSearchException(ErrorCode.Unavailable, "The collection is closing; the rebuild can be resumed after the next start.");
        }
        finally
        {
            source?.Unpin();
            lock (_lock) _running = null;
            mine.SetResult();
        }
    }

    private static void Check(RebuildRequest request)
    {
        if (!(request.Processors >= RebuildRequest.LeastProcessors && request.Processors <= RebuildRequest.MostProcessors))
            throw VectorSearchException.Invalid("processors", $"{request.Processors}", $"{RebuildRequest.LeastProcessors} to {RebuildRequest.MostProcessors}");
        QueryGuard.Within("keep", request.Keep, CollectionLimits.RetainedGenerations);
        if (request.MemoryBytes < 0) throw VectorSearchException.Invalid("memory_bytes", $"{request.MemoryBytes}", "0 or more");
    }

    /// <summary>Refuses what cannot come to an end.</summary>
    private RebuildPlan Plan(RebuildPlanner planner, RebuildRun run, CancellationToken token)
    {
        run.Tell(RebuildPhase.Planning, 0, 0);
        RebuildPlan plan = planner.Plan(run.Record, run.Hooks.FitBridge is not null || maker.OpenBridge(run.Record.Number) is not null, (done, total) => run.Tell(RebuildPhase.Planning, done, total), token);
        plan.RequireCarried();
        if (run.Record.MemoryBytes > 0 && plan.MemoryBytes > run.Record.MemoryBytes)
            throw new VectorSearchException(ErrorCode.ResourceExhausted, "memory_bytes", $"{run.Record.MemoryBytes}", $"at least {plan.MemoryBytes}, which the rebuild takes at its peak");
        budget.Check(plan.MemoryBytes);
        return plan;
    }

    private async Task<RebuildResult> BuildAsync(LiveGeneration source, RebuildRun run, CancellationToken token, CancellationToken cancellation)
    {
        LiveGeneration made;
        Task saving;
        saveAhead(); // the disk has nothing to do until the new generation is saved, and with it what the old one holds
        try
        {
            GenerationBuilder builder = new(source, run.Record, files, maker, options);
            (PointTable table, GenerationAudit audit) = await run.Share.RunAsync(() => builder.Build(run.Hooks.FitBridge, run.Tell, token)).ConfigureAwait(false);
            run.Record = run.Record with { Audit = audit };
            made = maker.Make(run.Record, manifest.Current.Generations.Single(entry => entry.Number == run.Record.Number), table);
            table.Maintenance.Start(options.LinkerThreads);
            await AttachAsync(made, token).ConfigureAwait(false);
            await new GenerationReconciler(source, made, builder, pipeline).RunAsync(run.Tell, token).ConfigureAwait(false);
            run.Tell(RebuildPhase.Saving, 0, 1);
            history.Write(run.Record);
            saving = snapshotter.TakeAndAsync(static taken => taken, made, token);
        }
        catch (Exception)
        {
            await GiveUpAsync(run, cancellation).ConfigureAwait(false);
            throw;
        }

        return await FinishAsync(source, made, run, saving, token, cancellation).ConfigureAwait(false);
    }

    private async Task AttachAsync(LiveGeneration made, CancellationToken token)
    {
        try
        {
            await exchange.AttachAsync(made, token).ConfigureAwait(false);
        }
        catch
        {
            await made.DisposeAsync().ConfigureAwait(false); // nobody else knows it yet
            throw;
        }
    }

    /// <summary>Warms, judges and, once the generation is on disk, does what the gate says.</summary>
    private async Task<RebuildResult> FinishAsync(
        LiveGeneration source, LiveGeneration made, RebuildRun run, Task saving, CancellationToken token, CancellationToken cancellation)
    {
        GateDecision decision;
        try
        {
            GenerationWarmer warmer = new(source, made);
            run.Tell(RebuildPhase.Warming, 0, 0);
            await warmer.WhenLinkedAsync(token).ConfigureAwait(false);
            await run.Share.RunAsync(() =>
            {
                warmer.Run(run.Tell, token);
                return true;
            }).ConfigureAwait(false);
            decision = await JudgeAsync(source, made, run, warmer.Queries, token).ConfigureAwait(false);
            await saving.ConfigureAwait(false);
            if (!decision.Report.IsEmpty) files.Generations.WriteDocument(made.Number, "report", decision.Report.Span);
            run.Tell(RebuildPhase.Exchanging, 0, 1);
            if (decision.Verdict == GateVerdict.Promote) await exchange.PromoteAsync(made.Number, acceptMissing: false, Unfinished, token).ConfigureAwait(false);
            else if (decision.Verdict == GateVerdict.Canary) await exchange.TryOutAsync(made, decision.CanaryShare, token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await saving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // it must not name a generation that is gone
            if (Unfinished.Contains(made.State)) await GiveUpAsync(run, cancellation).ConfigureAwait(false);
            throw;
        }

        // From here on it is decided, and done to its end whoever cancels.
        if (decision.Verdict == GateVerdict.Refuse)
            await exchange.RetireAsync(made.Number, Unfinished, GenerationState.Refused, decision.Reason, CancellationToken.None).ConfigureAwait(false);
        run.Tell(RebuildPhase.Done, 1, 1);
        return new RebuildResult(made.Number, decision.Verdict, decision.Reason, run.Elapsed);
    }

    /// <summary>Retires what need not be retained any longer.</summary>
    private Task CleanUpAsync(RebuildResult result) =>
        result.Verdict == GateVerdict.Promote ? exchange.RetireBeyondAsync(history.Read(result.Generation).Keep) : Task.CompletedTask;

    private async Task<GateDecision> JudgeAsync(
        LiveGeneration source, LiveGeneration made, RebuildRun run, IReadOnlyList<RecentQuery> queries, CancellationToken token)
    {
        run.Tell(RebuildPhase.Judging, 0, 1);
        if (run.Hooks.Gate is not { } gate) return new GateDecision(GateVerdict.Promote, "No gate was asked for.");

        int unreachable = await run.Share.RunAsync(() => Unreachable(made.Table.Index)).ConfigureAwait(false);
        GenerationAudit audit = run.Record.Audit ?? new GenerationAudit(0, 0, [], 0, "");
        using GenerationReader serving = Pin(source), candidate = Pin(made);
        GateContext context = new()
        {
            Serving = serving,
            Candidate = candidate,
            Audit = audit with { Points = made.Table.Count, Unreachable = unreachable },
            Plan = run.Plan,
            Queries = queries,
        };
        Task<GateDecision> judging = await run.Share.RunAsync(() => gate(context, token)).ConfigureAwait(false);
        GateDecision decision = await judging.ConfigureAwait(false);
        if (!Enum.IsDefined(decision.Verdict) || decision.CanaryShare is not (>= 0 and <= 1))
            throw VectorSearchException.Invalid("gate", $"{decision.Verdict} with canary share {decision.CanaryShare}", "promote, canary or refuse, with a share of 0 to 1");
        return decision;
    }

    /// <summary>What the index lost while it took writes is linked again first; what the last look still finds is a defect.</summary>
    private static int Unreachable(PointIndex index)
    {
        int found = index.Reconnect();
        for (int looks = 1; found > 0 && looks < MostLooks; looks++) found = index.Reconnect();
        return found;
    }

    private GenerationReader Pin(LiveGeneration generation) => generation.TryPin()
        ? new GenerationReader(generation, files.Directory)
        : throw new VectorSearchException(ErrorCode.Unavailable, $"Generation {generation.Number} is gone.");

    /// <summary>Removes what there is of the new generation; when the collection is closing it stays for the next start.</summary>
    private async Task GiveUpAsync(RebuildRun run, CancellationToken cancellation)
    {
        if (closing.IsCancellationRequested && !cancellation.IsCancellationRequested) return;
        try
        {
            await exchange.ForgetAsync(run.Record.Number).ConfigureAwait(false);
        }
        catch (StorageException e)
        {
            report($"What there is of generation {run.Record.Number} could not be removed: {e.Message} It is found after the next start.", true);
        }
    }

    /// <summary>One rebuild on its way.</summary>
    private sealed class RebuildRun(GenerationRecord record, RebuildHooks hooks, IProgress<RebuildProgress>? progress)
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public GenerationRecord Record { get; set; } = record;

        public RebuildHooks Hooks { get; } = hooks;

        public CpuShare Share { get; } = new(record.Processors);

        public RebuildPlan Plan { get; set; } = null!;

        public TimeSpan Elapsed => _clock.Elapsed;

        public void Tell(RebuildPhase phase, long done, long total) => progress?.Report(new RebuildProgress(Record.Number, phase, done, total));
    }
}
