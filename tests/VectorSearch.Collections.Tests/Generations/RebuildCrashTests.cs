using VectorSearch.Storage;
using VectorSearch.Testing;

namespace VectorSearch.Collections.Tests.Generations;

/// <summary>What a kill leaves in each step of a rebuild, and what a disk that refuses one of them does.</summary>
public sealed class RebuildCrashTests : IDisposable
{
    private const int Texts = 40;

    private static readonly GenerationGate Good = (_, _) => Task.FromResult(new GateDecision(GateVerdict.Promote, "Good.", new byte[] { 1, 2, 3 }));

    private readonly TempDirectory _copies = new();
    private readonly CopyingFault _disk = new();

    /// <summary>The phases in which a rebuild has something on disk that it must take back.</summary>
    public static TheoryData<RebuildPhase> PhasesOnDisk =>
        new(Enum.GetValues<RebuildPhase>().Where(phase => phase is > RebuildPhase.Planning and < RebuildPhase.Exchanging));

    public void Dispose() => _copies.Dispose();

    [Theory]
    [InlineData(IndexKind.Hnsw)]
    [InlineData(IndexKind.Sealed)]
    public async Task After_a_kill_before_any_step_on_disk_one_generation_serves_whole_and_the_rebuild_goes_on(IndexKind kind)
    {
        await using GenerationSetup setup = await OpenAsync();
        RebuildRequest request = setup.Model[2].Request(Good) with { Keep = 0 };
        request = request with { Target = request.Target with { Index = kind } };
        _disk.Begin(setup.Test.Root, _copies.Path);
        await setup.Points.RebuildAsync(request);
        int steps = _disk.End();
        Assert.InRange(steps, 20, 500);
        Assert.Equal([null, RebuildPhase.Planning, RebuildPhase.Warming], (await JudgeAllAsync(setup, request, steps, every: TestScale.Pick(5, 1))).Order());
    }

    [Theory]
    [MemberData(nameof(PhasesOnDisk))]
    public async Task After_a_kill_before_any_step_of_giving_a_rebuild_up_it_is_gone_or_can_go_on(RebuildPhase phase)
    {
        await using GenerationSetup setup = await OpenAsync();
        using CancellationTokenSource cancel = new();
        Told canceller = new(progress =>
        {
            if (progress.Phase != phase || cancel.IsCancellationRequested) return;
            WaitUntilSaved(setup, progress);
            _disk.Begin(setup.Test.Root, _copies.Path);
            cancel.Cancel();
        });
        RebuildRequest request = setup.Model[2].Request(Good);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => setup.Points.RebuildAsync(request, canceller, cancel.Token));
        int steps = _disk.End();
        Assert.InRange(steps, 2, 200);
        HashSet<RebuildPhase?> resumed = await JudgeAllAsync(setup, request, steps, every: 1);
        Assert.Contains(null, resumed);
        Assert.Contains(phase < RebuildPhase.Warming ? RebuildPhase.Planning : RebuildPhase.Warming, resumed);
    }

    [Fact]
    public async Task A_rebuild_that_a_restart_interrupted_may_be_abandoned()
    {
        await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts);
        await InterruptAsync(setup, RebuildPhase.Embedding);
        Assert.Equal(RebuildPhase.Planning, setup.Points.Interrupted!.Phase);
        Assert.Equal(GenerationState.Building, setup.Points.GetGeneration(2).State);
        Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.RebuildAsync(setup.Model[3].Request()))).Code);
        await setup.Points.AbandonRebuildAsync();
        Assert.Null(setup.Points.Interrupted);
        await InterruptAsync(setup, RebuildPhase.Judging);
        Assert.Equal(RebuildPhase.Warming, setup.Points.Interrupted!.Phase);
        await setup.Points.UpsertAsync(NumberedModel.Texts(Texts, 1));
        GenerationSetup.CheckTexts(setup.Points, 3, setup.Model[2], Texts + 1);
        await setup.Points.AbandonRebuildAsync();
        await setup.Points.AbandonRebuildAsync();
        await setup.Test.ReopenAsync();
        Assert.Equal([1ul], setup.Points.Generations.Select(one => one.Number));
        Assert.DoesNotContain(setup.Files(), path => path.StartsWith("generations", StringComparison.Ordinal));
        Assert.Equal(4ul, (await setup.Points.RebuildAsync(setup.Model[3].Request())).Generation);
        Assert.Equal(ErrorCode.FailedPrecondition, (await Assert.ThrowsAsync<VectorSearchException>(() => setup.Points.ResumeRebuildAsync(new RebuildHooks()))).Code);
    }

    [Fact]
    public async Task A_disk_that_refuses_a_step_leaves_a_generation_that_serves_whole()
    {
        int refusals = 0;
        for (int nth = 1; ; nth += TestScale.Pick(6, 1))
        {
            SwitchFault fault = new() { Nth = nth };
            await using GenerationSetup setup = await GenerationSetup.OpenAsync(Texts, fault);
            fault.IsOn = true;
            try
            {
                await setup.Points.RebuildAsync(setup.Model[2].Request());
            }
            catch (VectorSearchException e)
            {
                Assert.Equal(ErrorCode.ReadOnly, e.Code);
                refusals++;
            }

            fault.IsOn = false;
            await TestCatalog.EventuallyAsync(() => setup.Points.Status.State == CollectionState.Serving);
            ulong serving = setup.Points.Status.Generation;
            GenerationSetup.CheckTexts(setup.Points, serving, setup.Model[serving], Texts);
            await setup.Points.UpsertAsync(NumberedModel.Texts(Texts, 1));
            await setup.Test.ReopenAsync();
            serving = setup.Points.Status.Generation;
            GenerationSetup.CheckTexts(setup.Points, serving, setup.Model[serving], Texts + 1);
            if (setup.Points.Interrupted is not null) await setup.Points.ResumeRebuildAsync(new RebuildHooks());
            else if (serving == 1) await setup.Points.RebuildAsync(setup.Model[2].Request());
            GenerationSetup.CheckTexts(setup.Points, setup.Points.Status.Generation, setup.Model[2], Texts + 1);
            if (fault.Count < nth) break; // the rebuild has fewer steps
        }

        Assert.InRange(refusals, 3, 500);
    }

    /// <summary>Texts in a snapshot, on a disk that copies itself before each step once that has begun.</summary>
    private async Task<GenerationSetup> OpenAsync()
    {
        GenerationSetup setup = await GenerationSetup.OpenAsync(Texts, _disk);
        await setup.Points.SnapshotAsync();
        return setup;
    }

    /// <summary>Judges what a kill left before every so many steps.</summary>
    /// <returns>Where rebuilds went on.</returns>
    private async Task<HashSet<RebuildPhase?>> JudgeAllAsync(GenerationSetup setup, RebuildRequest request, int steps, int every)
    {
        HashSet<RebuildPhase?> resumed = [];
        for (int step = 0; step < steps; step += every) resumed.Add(await JudgeAsync(setup, request, _copies.Combine($"{step}"), step));
        return resumed;
    }

    /// <summary>Opens what a kill left: one generation serves whole, and the rebuild goes on from where it was, or can be asked for again.</summary>
    /// <returns>Where it went on; null if it was not under way.</returns>
    private static async Task<RebuildPhase?> JudgeAsync(GenerationSetup setup, RebuildRequest request, string root, int step)
    {
        RebuildPhase? phase;
        await using (CollectionCatalog catalog = await CollectionCatalog.OpenAsync(root, GenerationSetup.Options(setup.Models)))
        {
            Collection points = catalog.Get("points");
            Assert.True(points.Status.State == CollectionState.Serving, $"step {step}: {points.Status.Detail}");
            ulong serving = points.Status.Generation;
            GenerationSetup.CheckTexts(points, serving, setup.Model[serving], Texts);
            await points.UpsertAsync(NumberedModel.Texts(Texts, 1));
            phase = points.Interrupted?.Phase;
            if (phase is not null)
            {
                Assert.Equal((1ul, 2ul, setup.Model[2].Model), (serving, points.Interrupted!.Generation, points.Interrupted.Target.Model));
                Assert.Equal(2ul, (await points.ResumeRebuildAsync(new RebuildHooks { Gate = Good })).Generation);
            }
            else if (serving == 1)
            {
                Assert.Equal([1ul], points.Generations.Select(one => one.Number));
                await points.RebuildAsync(request);
            }

            Assert.Equal(setup.Model[2].Space, points.Status.Space);
            GenerationSetup.CheckTexts(points, points.Status.Generation, setup.Model[2], Texts + 1);
        }

        IReadOnlyList<CheckFinding> findings = CollectionChecker.Check(root).Findings;
        Assert.True(findings.Count == 0, $"step {step}: {string.Join(" ", findings)}");
        return phase;
    }

    /// <summary>Closes the catalog when a rebuild is in this phase, and opens it again.</summary>
    private static async Task InterruptAsync(GenerationSetup setup, RebuildPhase phase)
    {
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim closing = new();
        GenerationGate gate = async (_, cancellation) =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            return new GateDecision(GateVerdict.Promote, "");
        };
        setup.Model[2].OnEncode = _ =>
        {
            if (phase == RebuildPhase.Embedding) closing.Wait();
        };
        Task<RebuildResult> rebuild = setup.Points.RebuildAsync(setup.Model[2].Request(gate), new Told(progress =>
        {
            if (progress.Phase != phase || reached.Task.IsCompleted) return;
            WaitUntilSaved(setup, progress);
            reached.SetResult();
        }));
        await reached.Task;
        Task closed = setup.Test.CloseAsync();
        closing.Set();
        await closed;
        Assert.Equal(ErrorCode.Unavailable, (await Assert.ThrowsAsync<VectorSearchException>(() => rebuild)).Code);
        setup.Model[2].OnEncode = null;
        await setup.Test.ReopenAsync();
    }

    /// <summary>Warming and judging do not wait for the disk: here they do, so that what a restart finds is known.</summary>
    private static void WaitUntilSaved(GenerationSetup setup, RebuildProgress progress)
    {
        if (progress.Phase < RebuildPhase.Warming) return;
        Assert.True(SpinWait.SpinUntil(() => setup.Points.GetGeneration(progress.Generation).State == GenerationState.Warming, TimeSpan.FromSeconds(30)));
    }

    /// <summary>
    /// Copies the data directory before every operation that changes it: what a kill at that moment would leave. Nothing is
    /// written meanwhile but by the rebuild, one step at a time.
    /// </summary>
    private sealed class CopyingFault : StorageFault
    {
        private readonly Lock _copying = new();
        private string? _from;
        private string _to = "";
        private int _copies;

        public void Begin(string from, string to)
        {
            lock (_copying) (_from, _to) = (from, to);
        }

        public int End()
        {
            lock (_copying)
            {
                _from = null;
                return _copies;
            }
        }

        public override long Before(StorageOperation operation, string path, long length)
        {
            if (operation == StorageOperation.Read) return length;
            lock (_copying)
            {
                if (_from is null) return length;
                DirectoryCopy.Make(_from, Path.Combine(_to, $"{_copies++}"), without: "LOCK");
            }

            return length;
        }
    }
}
