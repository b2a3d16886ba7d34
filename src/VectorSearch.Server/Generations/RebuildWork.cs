using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using VectorSearch.Collections;
using VectorSearch.Server.Bridges;
using VectorSearch.Server.Gate;
using VectorSearch.Server.Models;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Wire;
using Decision = VectorSearch.Protocol.V1.RebuildRequest.Types.Decision;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Generations;

/// <summary>
/// A rebuild as an operation: the collection builds and exchanges; what is told, how the new generation is judged, and the
/// bridge into it come from here. Done again from its request after a restart, it goes on where the collection was.
/// </summary>
internal sealed class RebuildWork
{
    /// <summary>What operations of this kind are called.</summary>
    public const string Kind = "rebuild";

    /// <summary>Judgements that a request may bring.</summary>
    public const int MaxJudgements = 10_000;

    private const uint DefaultCpuPercent = 50;

    private readonly Collection _collection;
    private readonly IFeatureEncoderResolver _encoders;
    private readonly BridgeDesk _bridges;
    private readonly TimeProvider _time;
    private readonly Proto.RebuildRequest _request;
    private readonly GateRules _rules;
    private readonly JudgedQuestion[] _judgements;
    private Proto.GateReport? _report;

    /// <summary>Checks a request.</summary>
    /// <exception cref="VectorSearchException">A field is wrong.</exception>
    public RebuildWork(Collection collection, IFeatureEncoderResolver encoders, BridgeDesk bridges, TimeProvider time, Proto.RebuildRequest request)
    {
        (_collection, _encoders, _bridges, _time, _request) = (collection, encoders, bridges, time, request);
        if (request.CpuPercent > 100) throw Invalid("cpu_percent", $"{request.CpuPercent}", "1 to 100, or 0 for 50");
        _rules = GateRules.Read(request.Rules);

        // What is promoted in any case is reported on, not decided: fewer questions do.
        if (request.Decision == Decision.Promote) _rules = _rules with { Queries = _rules.Queries ?? GateRules.LeastQueries };
        _judgements = ReadJudgements(request.Judgements, collection.Definition.IdKind);
    }

    /// <summary>Work that a restart interrupted, to be gone on with; null if it is of another kind, or its collection is gone.</summary>
    public static OperationWork? Again(
        Proto.Operation interrupted, ReadOnlyMemory<byte> request, CollectionCatalog catalog, ModelStore models, BridgeDesk bridges)
    {
        if (interrupted.Kind != Kind || catalog.List().FirstOrDefault(one => one.Name == interrupted.Collection) is not { } collection) return null;
        if (collection.Status.State == CollectionState.Damaged) return null;
        Proto.RebuildRequest asked = Proto.RebuildRequest.Parser.ParseFrom(request.Span);
        DateTimeOffset began = interrupted.StartTime.ToDateTimeOffset();
        IDisposable need = models.Require(asked.Model, collection.Name);
        return async (progress, cancellation) =>
        {
            using IDisposable needed = need;
            RebuildWork work = new(collection, models, bridges, TimeProvider.System, asked);
            return collection.Interrupted is null && Finished(collection, began) is { } done ? work.ResultOf(done) : await work.RunAsync(progress, cancellation);
        };
    }

    /// <summary>The work, which lets go of what it needs at its end.</summary>
    public OperationWork Meeting(IDisposable need) => async (progress, cancellation) =>
    {
        using IDisposable needed = need;
        return await RunAsync(progress, cancellation);
    };

    /// <summary>Gives up rebuilds that no operation goes on with, because the file that kept it is gone: how they were to be judged is not known.</summary>
    public static async Task AbandonOrphansAsync(CollectionCatalog catalog, OperationRegistry operations, CancellationToken cancellation)
    {
        HashSet<string> goingOn = [.. operations.List().Where(one => one.Kind == Kind && !one.View.IsOver).Select(one => one.Collection)];
        foreach (Collection collection in catalog.List())
        {
            bool isServing = collection.Status.State is CollectionState.Serving or CollectionState.ReadOnly;
            if (isServing && !goingOn.Contains(collection.Name) && collection.Interrupted is not null) await collection.AbandonRebuildAsync(cancellation);
        }
    }

    /// <summary>Reads judgements.</summary>
    /// <exception cref="VectorSearchException">There are too many, or one is wrong.</exception>
    public static JudgedQuestion[] ReadJudgements(IReadOnlyList<Proto.Judgement> judgements, IdKind kind)
    {
        if (judgements.Count > MaxJudgements) throw Invalid("judgements", $"{judgements.Count}", $"at most {MaxJudgements}");
        IReadOnlyList<PointFeatures> features = FeatureMessages.Read(new Proto.FeatureRows { Rows = { judgements.Select(one => one.Query ?? new Proto.Features()) } }, "judgements");
        JudgedQuestion[] read = new JudgedQuestion[judgements.Count];
        for (int i = 0; i < read.Length; i++)
        {
            IReadOnlyList<PointId> relevant = IdColumns.Read(judgements[i].Relevant, kind, $"judgements[{i}].relevant");
            if (relevant.Count == 0) throw Invalid($"judgements[{i}].relevant", "no id", "at least one right answer");
            read[i] = new JudgedQuestion(new GateQuestion.OfFeatures(features[i]), relevant.ToHashSet());
        }

        return read;
    }

    /// <summary>Does the work.</summary>
    public async Task<OperationResult> RunAsync(IProgress<OperationProgress> progress, CancellationToken cancellation)
    {
        PhaseProgress phases = new(progress, new RebuildForecast(Extent(), _time));
        RebuildHooks hooks = new() { Gate = (context, token) => Task.FromResult(Judge(context, phases, token)), FitBridge = pairs => FitBridge(pairs, cancellation) };
        RebuildResult result = _collection.Interrupted is null
            ? await _collection.RebuildAsync(Request(hooks), phases, cancellation)
            : await _collection.ResumeRebuildAsync(hooks, phases, cancellation);
        Proto.GateReport? report = _report ?? ReadReport(result.Generation);
        return new OperationResult.Rebuild(new Proto.RebuildResult
        {
            Generation = result.Generation,
            Promoted = result.Verdict == GateVerdict.Promote,
            Report = report,
            Time = Duration.FromTimeSpan(result.Elapsed),
        });
    }

    /// <summary>
    /// The generation that a rebuild had made before it was interrupted, so that only its end was not told: there is one
    /// rebuild of a collection at a time, so what was asked for since it began is its own.
    /// </summary>
    private static Generation? Finished(Collection collection, DateTimeOffset began) =>
        collection.Generations.FirstOrDefault(one => one.Created >= began && one.State is not (GenerationState.Building or GenerationState.Warming));

    private OperationResult.Rebuild ResultOf(Generation generation) => new(new Proto.RebuildResult
    {
        Generation = generation.Number,
        Promoted = generation.Served is not null,
        Report = ReadReport(generation.Number),
    });

    private RebuildRequest Request(RebuildHooks hooks) => new()
    {
        Target = GenerationMessages.ReadTarget(_request),
        Gate = hooks.Gate,
        FitBridge = hooks.FitBridge,
        Processors = Processors,
        MemoryBytes = (long)Math.Min(_request.MemoryBytes, long.MaxValue),
    };

    private double Processors => Math.Max(RebuildRequest.LeastProcessors, Environment.ProcessorCount * (_request.CpuPercent == 0 ? DefaultCpuPercent : _request.CpuPercent) / 100.0);

    private RebuildExtent Extent()
    {
        CollectionDefinition now = _collection.Definition;
        RebuildTarget target = GenerationMessages.ReadTarget(_request);
        int dimension = _encoders.Resolve(target.Model ?? now.Model, target.Question ?? now.Question)?.Dimension ?? now.Dimension;
        return new RebuildExtent(_collection.Count, dimension, target.Index ?? now.Index, target.EfConstruction == 0 ? now.EfConstruction : target.EfConstruction, Processors);
    }

    private GateDecision Judge(GateContext context, PhaseProgress phases, CancellationToken cancellation)
    {
        GateQuestions questions = GateQuestions.Draw(_rules, context.Serving, context.Queries, _judgements);
        bool isWalked = context.Candidate.Definition.Index == IndexKind.Hnsw;
        GateExaminer examiner = new(
            new ReaderSubject(context.Serving, null), new ReaderSubject(context.Candidate, isWalked ? context.Audit.Unreachable : null), GateExaminer.DefaultK);
        int live = questions.Ask(examiner, phases.Judging, cancellation);
        Proto.GateReport report = GateJudge.Judge(examiner.ToEvidence(context.Serving.SampleIds(GateExaminer.HubSample, 1), live, cancellation), _rules);
        if (context.Audit.Faults > 0)
        {
            report.Verdict = Proto.Verdict.Refuse;
            report.Reasons.Insert(0, $"The audit found {context.Audit.Faults} faults: {string.Join("; ", context.Audit.FaultTexts)}");
        }

        KeepBridge(context, questions, cancellation);
        _report = report;
        return Decide(report);
    }

    private GateDecision Decide(Proto.GateReport report)
    {
        string reason = string.Join(" ", report.Reasons);
        byte[] bytes = report.ToByteArray();
        return _request.Decision switch
        {
            Decision.Promote => new GateDecision(GateVerdict.Promote, reason, bytes),
            Decision.Hold => new GateDecision(GateVerdict.Canary, reason, bytes, 0),
            _ => report.Verdict switch
            {
                Proto.Verdict.Refuse => new GateDecision(GateVerdict.Refuse, reason, bytes),
                Proto.Verdict.Canary => new GateDecision(GateVerdict.Canary, reason, bytes, report.CanaryShare),
                _ => new GateDecision(GateVerdict.Promote, reason, bytes),
            },
        };
    }

    private ReadOnlyMemory<byte> FitBridge(BridgePairs pairs, CancellationToken cancellation)
    {
        using GenerationReader serving = _collection.Pin();
        IEnumerable<PointFeatures> asked = serving.RecentQueries(BridgeChooser.MaxTrials).Select(query => query.Features).OfType<PointFeatures>();
        CollectionDefinition old = serving.Definition;
        IFeatureEncoder? young = _encoders.Resolve(_request.Model.Length > 0 ? _request.Model : old.Model, _request.Question.Length > 0 ? _request.Question : old.Question);
        (float[] Old, float[] New)[] queries = EncodeForBoth(asked.Concat(JudgedFeatures(_judgements)), BridgeChooser.MaxTrials, _encoders.Resolve(old.Model, old.Question), young);
        return BridgeChooser.Choose(pairs, young?.Metric ?? old.Metric, queries, cancellation)?.ToBytes() ?? default;
    }

    private void KeepBridge(GateContext context, GateQuestions questions, CancellationToken cancellation)
    {
        if (context.Candidate.Bridge is not BridgeMap map) return;
        CollectionDefinition old = context.Serving.Definition, young = context.Candidate.Definition;
        IEnumerable<PointFeatures> asked = questions.Live.OfType<GateQuestion.OfFeatures>().Select(question => question.Features);
        (float[] Old, float[] New)[] queries = EncodeForBoth(
            asked.Concat(JudgedFeatures(questions.Judged)), BridgeRecall.MaxQueries, _encoders.Resolve(old.Model, old.Question), _encoders.Resolve(young.Model, young.Question));
        if (BridgeRecall.Measure(context.Serving, context.Candidate, map, queries, cancellation) is not { } bridge) return;
        bridge.Enabled = _request.Bridge;
        if (_request is { Bridge: true, BridgeTime: { } stay }) bridge.ExpireTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow() + stay.ToTimeSpan());
        _bridges.Keep(_collection, context.Candidate.Number, bridge);
    }

    private static IEnumerable<PointFeatures> JudgedFeatures(IEnumerable<JudgedQuestion> judged) =>
        judged.Select(one => one.Question).OfType<GateQuestion.OfFeatures>().Select(question => question.Features);

    private static (float[] Old, float[] New)[] EncodeForBoth(IEnumerable<PointFeatures> features, int most, IFeatureEncoder? old, IFeatureEncoder? young)
    {
        if (old is null || young is null) return [];
        return [.. features.Take(most).Select(one => (Encode(old, one), Encode(young, one))).Where(pair => pair is { Item1: not null, Item2: not null })
            .Select(pair => (pair.Item1!, pair.Item2!))];
    }

    private static float[]? Encode(IFeatureEncoder encoder, PointFeatures features)
    {
        float[] vector = new float[encoder.Dimension];
        try
        {
            encoder.Encode(features, vector);
            return vector;
        }
        catch (VectorSearchException unknown) when (unknown.Code == ErrorCode.InvalidArgument)
        {
            return null; // nothing of it is known to this model
        }
    }

    private Proto.GateReport? ReadReport(ulong generation) =>
        _collection.ReadDocument(generation, GenerationMessages.ReportDocument) is { Length: > 0 } bytes ? Proto.GateReport.Parser.ParseFrom(bytes) : null;

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);

    /// <summary>The collection's phases in words.</summary>
    private sealed class PhaseProgress(IProgress<OperationProgress> progress, RebuildForecast forecast) : IProgress<RebuildProgress>
    {
        private readonly Lock _one = new();

        public void Report(RebuildProgress value) => Report(value.Phase, value.Done, value.Total);

        public void Judging(int done, int total) => Report(RebuildPhase.Judging, done, total);

        private void Report(RebuildPhase phase, long done, long total)
        {
            lock (_one)
            {
                (double fraction, TimeSpan remaining) = forecast.At(phase, done, total);
                progress.Report(new OperationProgress(Words(phase), done, total, fraction, remaining));
            }
        }

        private static string Words(RebuildPhase phase) => phase switch
        {
            RebuildPhase.CatchingUp => "catching up",
            _ => phase.ToString().ToLowerInvariant(),
        };
    }
}
