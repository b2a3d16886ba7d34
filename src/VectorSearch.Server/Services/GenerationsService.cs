using Google.Protobuf.WellKnownTypes;
using VectorSearch.Collections;
using VectorSearch.Numerics;
using VectorSearch.Server.Bridges;
using VectorSearch.Server.Gate;
using VectorSearch.Server.Generations;
using VectorSearch.Server.Models;
using VectorSearch.Server.Operations;
using VectorSearch.Server.Wire;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>The Generations service.</summary>
internal sealed class GenerationsService(CollectionCatalog catalog, ModelStore models, OperationRegistry operations, BridgeDesk bridges, TimeProvider time)
{
    private const uint DefaultExamples = 5, MaxExamples = 100;
    private const int RecentQueries = 256;
    private static readonly TimeSpan MaxBridgeTime = TimeSpan.FromDays(3650);

    public Proto.GetGenerationReply Get(Proto.GetGenerationRequest request)
    {
        Collection collection = catalog.Get(request.Collection);
        return new Proto.GetGenerationReply { Context = Contexts.Reply(collection), Generation = Write(collection, collection.GetGeneration(request.Number)) };
    }

    public Proto.ListGenerationsReply List(Proto.ListGenerationsRequest request)
    {
        Collection collection = catalog.Get(request.Collection);
        return new Proto.ListGenerationsReply { Context = Contexts.Reply(collection), Generations = { collection.Generations.Select(one => Write(collection, one)) } };
    }

    public async Task<Proto.RebuildReply> RebuildAsync(Proto.RebuildRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        Contexts.RefuseOtherSpace(collection, request.Context);
        if (request.BridgeTime is { } stay) CheckGrace("bridge_time", stay);
        RebuildWork work = new(collection, models, bridges, time, request);

        // From here until the operation has ended: between the two the new generation is written down, but not at once.
        IDisposable? need = await models.NeedAsync(request.Model, collection.Name, cancellation);
        try
        {
            RebuildPlan plan = await BackgroundThread.Run(() => collection.PlanRebuild(GenerationMessages.ReadTarget(request), request.CarryByBridge, cancellation));
            Proto.RebuildReply reply = new() { Context = Contexts.Reply(collection), Plan = GenerationMessages.Write(plan) };
            if (request.ValidateOnly) return reply;
            plan.RequireCarried();
            Proto.RebuildRequest kept = request.Clone();
            kept.Context = null;
            kept.Collection = collection.Name;
            reply.Operation = OperationMessages.Write(operations.Start(RebuildWork.Kind, collection.Name, work.Meeting(need), kept));
            need = null; // the operation's from now on
            return reply;
        }
        finally
        {
            need?.Dispose();
        }
    }

    public async Task<Proto.PromoteGenerationReply> PromoteAsync(Proto.PromoteGenerationRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        ulong number = request.Number != 0 ? request.Number : Waiting(collection);
        Generation promoted = await collection.PromoteAsync(number, request.AcceptMissing, cancellation);
        return new Proto.PromoteGenerationReply { Context = Contexts.Reply(collection), Generation = Write(collection, promoted) };
    }

    public async Task<Proto.RollbackGenerationReply> RollbackAsync(Proto.RollbackGenerationRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        Generation serving = await collection.RollbackAsync(request.AcceptMissing, cancellation);
        return new Proto.RollbackGenerationReply { Context = Contexts.Reply(collection), Generation = Write(collection, serving) };
    }

    public async Task<Proto.RetireGenerationReply> RetireAsync(Proto.RetireGenerationRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        if (request.Number == 0) throw Invalid("number", "0", "the number of a generation that does not answer");
        Generation retired = await collection.RetireAsync(request.Number, cancellation);
        return new Proto.RetireGenerationReply { Context = Contexts.Reply(collection), Generation = Write(collection, retired) };
    }

    public Task<Proto.DiffGenerationsReply> DiffAsync(Proto.DiffGenerationsRequest request, CancellationToken cancellation)
    {
        Collection collection = catalog.Get(request.Collection);
        if (request.Examples > MaxExamples) throw Invalid("examples", $"{request.Examples}", $"0 to {MaxExamples}");
        GateRules rules = GateRules.Read(request.Rules);
        JudgedQuestion[] judgements = RebuildWork.ReadJudgements(request.Judgements, collection.Definition.IdKind);
        return BackgroundThread.Run(() => Diff(collection, request, rules, judgements, cancellation));
    }

    public Proto.UpdateBridgeReply UpdateBridge(Proto.UpdateBridgeRequest request)
    {
        Collection collection = catalog.Get(request.Collection);
        if (request.Time is { } stay) CheckGrace("time", stay);
        return new Proto.UpdateBridgeReply { Bridge = bridges.Switch(collection, request.Enabled, request.Time?.ToTimeSpan()), Context = Contexts.Reply(collection) };
    }

    private static Proto.DiffGenerationsReply Diff(
        Collection collection, Proto.DiffGenerationsRequest request, GateRules rules, JudgedQuestion[] judgements, CancellationToken cancellation)
    {
        using GenerationReader from = collection.Pin(request.From);
        using GenerationReader to = collection.Pin(request.To != 0 ? request.To : Other(collection, from.Number));
        if (from.Number == to.Number) throw Invalid("to", $"{to.Number}, which is 'from' too", "another generation");
        IReadOnlyList<RecentQuery> recent = [.. from.RecentQueries(RecentQueries).Concat(to.RecentQueries(RecentQueries)).Take(RecentQueries)];
        GateQuestions questions = GateQuestions.Draw(rules, from, recent, judgements);
        GateExaminer examiner = new(new ReaderSubject(from, null), new ReaderSubject(to, null), GateExaminer.DefaultK);
        int live = questions.Ask(examiner, null, cancellation);
        Proto.DiffGenerationsReply reply = new()
        {
            Context = Contexts.Reply(collection),
            Report = GateJudge.Judge(examiner.ToEvidence(from.SampleIds(GateExaminer.HubSample, 1), live, cancellation), rules),
        };
        foreach ((GateQuestion question, IReadOnlyList<PointId> old, IReadOnlyList<PointId> young, double churn) in examiner.Changes((int)(request.Examples == 0 ? DefaultExamples : request.Examples)))
            reply.Examples.Add(new Proto.AnswerChange { Query = question.Title, FromIds = IdColumns.Write(old), ToIds = IdColumns.Write(young), Churn = churn });
        return reply;
    }

    /// <summary>The newest generation that was built and does not answer.</summary>
    private static ulong Waiting(Collection collection) => collection.Generations.FirstOrDefault(one => one.State == GenerationState.Canary)?.Number
        ?? throw new VectorSearchException(
            ErrorCode.FailedPrecondition,
            $"No generation of '{collection.Name}' waits to be promoted. Rebuild it first, or name the number of one that answered before; ListGenerations has them.");

    private static ulong Other(Collection collection, ulong number) =>
        collection.Generations.FirstOrDefault(one => one.Number != number && one.State is (GenerationState.Canary or GenerationState.Serving or GenerationState.Retained))?.Number
        ?? throw new VectorSearchException(ErrorCode.FailedPrecondition, $"Generation {number} is the only one of '{collection.Name}' that holds points: there is nothing to compare it with.");

    private static void CheckGrace(string field, Duration time)
    {
        TimeSpan grace = time.ToTimeSpan();
        if (grace <= TimeSpan.Zero || grace > MaxBridgeTime) throw Invalid(field, $"{grace.TotalSeconds} s", $"above 0 s and at most {MaxBridgeTime.TotalDays} days");
    }

    private Proto.Generation Write(Collection collection, Generation generation) => GenerationMessages.Write(collection, generation, bridges);

    private static VectorSearchException Invalid(string field, string actual, string expected) => new(ErrorCode.InvalidArgument, field, actual, expected);
}
