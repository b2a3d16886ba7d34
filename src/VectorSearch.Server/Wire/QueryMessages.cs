using System.Globalization;
using VectorSearch.Collections;
using VectorSearch.Numerics;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Queries between messages and batches. In a message 0 or nothing means the default.</summary>
internal static class QueryMessages
{
    /// <summary>Prefetches nest no deeper than this in a message; the collection allows less.</summary>
    private const int MaxDepth = 8;

    /// <summary>Reads a query; what its parts may say is checked by the collection.</summary>
    /// <param name="request">The message.</param>
    /// <param name="definition">What the collection holds.</param>
    /// <param name="space">The space that the query is of; the default for none.</param>
    /// <exception cref="VectorSearchException">Nothing is asked, or a matrix, id, feature or filter cannot be read.</exception>
    public static QueryBatch Read(Proto.QueryRequest request, CollectionDefinition definition, SpaceId space)
    {
        Proto.QueryRequest.ByOneofCase form = request.ByCase;
        return new QueryBatch
        {
            Limit = request.Limit == 0 ? (int)CollectionLimits.Answers.Default : Clamp(request.Limit),
            Ef = Clamp(request.Options?.Ef ?? 0),
            Exact = request.Options?.Exact ?? false,
            TargetRecall = request.Options?.TargetRecall ?? 0,
            Filter = FilterMessages.Read(request.Filter, definition.IdKind),
            ScoreThreshold = request.HasScoreThreshold ? request.ScoreThreshold : null,
            GroupBy = request.Group is { } group ? new Grouping(group.Field, group.Size == 0 ? (int)CollectionLimits.GroupSize.Default : Clamp(group.Size)) : null,
            Diversify = request.Diversify is { } diversity ? new Diversity(diversity.Diversity_, Clamp(diversity.Candidates)) : null,
            Prefetch = request.Prefetch.Count == 0 ? [] : Read(request.Prefetch, definition),
            WithPayload = request.WithPayload,
            WithVectors = request.WithVectors,
            ExcludeHistory = request.ExcludeHistory,
            Space = space,
            MinLsn = request.Context?.MinLsn ?? 0,
            Vectors = form == Proto.QueryRequest.ByOneofCase.Vectors ? Matrices.Read(request.Vectors, definition.Dimension, "vectors") : default,
            Ids = form == Proto.QueryRequest.ByOneofCase.Ids ? IdColumns.Read(request.Ids, definition.IdKind, "ids") : null,
            Features = form == Proto.QueryRequest.ByOneofCase.Features ? FeatureMessages.Read(request.Features, "features") : null,
            Examples = form == Proto.QueryRequest.ByOneofCase.Examples ? Read(request.Examples, definition, "examples") : null,
            Histories = form == Proto.QueryRequest.ByOneofCase.Histories ? Read(request.Histories, definition, "histories") : null,
            Fusion = form == Proto.QueryRequest.ByOneofCase.Fusion ? Read(request.Fusion) : form == Proto.QueryRequest.ByOneofCase.None ? throw NoForm("by") : null,
        };
    }

    /// <summary>Whether a query brings vectors: itself, as an example, or in a prefetch.</summary>
    public static bool HasVectors(Proto.QueryRequest request) =>
        request.ByCase == Proto.QueryRequest.ByOneofCase.Vectors || HasVectors(request.Examples) || (request.Prefetch.Count > 0 && request.Prefetch.Any(HasVectors));

    private static bool HasVectors(Proto.Prefetch prefetch) =>
        prefetch.ByCase == Proto.Prefetch.ByOneofCase.Vectors || HasVectors(prefetch.Examples) || prefetch.Prefetch_.Any(HasVectors);

    private static bool HasVectors(Proto.ExampleRows? examples) =>
        examples?.Rows.Any(one => one.PositiveVectors is { Data.IsEmpty: false } || one.NegativeVectors is { Data.IsEmpty: false }) == true;

    /// <summary>Writes the answers.</summary>
    public static Proto.QueryReply Write(QueryResult result, IReadOnlyList<string> payloadFields)
    {
        Proto.QueryReply reply = new()
        {
            Context = Contexts.Reply(result.Space, result.Generation, result.Lsn),
            Ids = IdColumns.Write(result.Ids),
            Vectors = Matrices.Write(result.Vectors, result.Ids.Count == 0 ? 1 : result.Vectors.Length / result.Ids.Count),
            Cost = Cost(result.Distances, result.Hops),
        };
        for (int i = 0; i < result.Counts.Count; i++) reply.Counts.Add((uint)result.Counts[i]);
        reply.Scores.AddRange(result.Scores);
        if (result.Payloads is not null) reply.Payloads.AddRange(PayloadMessages.Write(result.Payloads, payloadFields));
        for (int i = 0; i < result.GroupCounts.Count; i++) reply.GroupCounts.Add((uint)result.GroupCounts[i]);
        for (int i = 0; i < result.Groups.Count; i++) reply.Groups.Add(new Proto.QueryGroup { Value = PayloadMessages.Write(result.Groups[i].Value), Hits = (uint)result.Groups[i].Hits });
        return reply;
    }

    /// <summary>Writes how a query was answered.</summary>
    public static Proto.SearchPlan Write(QueryPlan plan) => new()
    {
        Kind = (Proto.SearchPlan.Types.Kind)(int)plan.Kind,
        Ef = (uint)plan.Ef,
        Points = (ulong)plan.Points,
        Matches = (ulong)plan.Matches,
        Unlinked = (ulong)plan.Unlinked,
        Prefetch = { plan.Prefetch.Select(Write) },
    };

    /// <summary>Writes where the time went.</summary>
    public static IEnumerable<Proto.Phase> Write(QueryPhases phases)
    {
        foreach ((string name, TimeSpan time) in new[]
        {
            ("encode", phases.Encode), ("filter", phases.Filter), ("search", phases.Search), ("choose", phases.Choose), ("gather", phases.Gather),
        })
        {
            yield return new Proto.Phase { Name = name, Time = Duration.FromTimeSpan(time) };
        }
    }

    /// <summary>Writes what an answer cost.</summary>
    public static Proto.SearchCost Cost(long distances, long hops) => new() { Distances = (ulong)distances, Hops = (ulong)hops };

    /// <summary>A number beyond an int is beyond every limit too; the collection names the limit.</summary>
    public static int Clamp(uint value) => (int)Math.Min(value, int.MaxValue);

    private static QueryBatch[] Read(IReadOnlyList<Proto.Prefetch> prefetches, CollectionDefinition definition) =>
        [.. prefetches.Select((prefetch, i) => Read(prefetch, definition, At("prefetch", i), 1))];

    private static QueryBatch Read(Proto.Prefetch prefetch, CollectionDefinition definition, string field, int depth)
    {
        if (depth > MaxDepth) throw new VectorSearchException(ErrorCode.InvalidArgument, field, "a deeper prefetch", "fewer prefetches within prefetches");
        QueryBatch batch = new()
        {
            Limit = prefetch.Limit == 0 ? (int)CollectionLimits.PrefetchLimit.Default : Clamp(prefetch.Limit),
            Ef = Clamp(prefetch.Options?.Ef ?? 0),
            Exact = prefetch.Options?.Exact ?? false,
            TargetRecall = prefetch.Options?.TargetRecall ?? 0,
            Filter = FilterMessages.Read(prefetch.Filter, definition.IdKind, $"{field}.filter"),
            ScoreThreshold = prefetch.HasScoreThreshold ? prefetch.ScoreThreshold : null,
            Prefetch = [.. prefetch.Prefetch_.Select((inner, i) => Read(inner, definition, At($"{field}.prefetch", i), depth + 1))],
            ExcludeHistory = prefetch.ExcludeHistory,
        };
        return prefetch.ByCase switch
        {
            Proto.Prefetch.ByOneofCase.Vectors => batch with { Vectors = Matrices.Read(prefetch.Vectors, definition.Dimension, $"{field}.vectors") },
            Proto.Prefetch.ByOneofCase.Ids => batch with { Ids = IdColumns.Read(prefetch.Ids, definition.IdKind, $"{field}.ids") },
            Proto.Prefetch.ByOneofCase.Features => batch with { Features = FeatureMessages.Read(prefetch.Features, $"{field}.features") },
            Proto.Prefetch.ByOneofCase.Examples => batch with { Examples = Read(prefetch.Examples, definition, $"{field}.examples") },
            Proto.Prefetch.ByOneofCase.Histories => batch with { Histories = Read(prefetch.Histories, definition, $"{field}.histories") },
            Proto.Prefetch.ByOneofCase.Fusion => batch with { Fusion = Read(prefetch.Fusion) },
            _ => throw NoForm($"{field}.by"),
        };
    }

    private static QueryExamples[] Read(Proto.ExampleRows rows, CollectionDefinition definition, string field)
    {
        QueryExamples[] read = new QueryExamples[rows.Rows.Count];
        for (int i = 0; i < read.Length; i++)
        {
            Proto.Examples row = rows.Rows[i];
            string at = At($"{field}.rows", i);
            read[i] = new QueryExamples
            {
                Positive = Ids(row.Positive, $"{at}.positive"),
                Negative = Ids(row.Negative, $"{at}.negative"),
                PositiveVectors = Vectors(row.PositiveVectors, $"{at}.positive_vectors"),
                NegativeVectors = Vectors(row.NegativeVectors, $"{at}.negative_vectors"),
            };
        }

        return read;

        IReadOnlyList<PointId> Ids(Proto.IdColumn? ids, string at) => ids is null ? [] : IdColumns.Read(ids, definition.IdKind, at);

        ReadOnlyMemory<float> Vectors(Proto.Matrix? matrix, string at) => matrix is null ? default : Matrices.Read(matrix, definition.Dimension, at).AsMemory();
    }

    private static PointHistory[] Read(Proto.HistoryRows rows, CollectionDefinition definition, string field) =>
        [.. rows.Rows.Select((row, i) => new PointHistory(IdColumns.Read(row.Ids, definition.IdKind, $"{At($"{field}.rows", i)}.ids"), [.. row.Weights]))];

    private static RankFusion Read(Proto.Fusion fusion) => fusion.K == 0 ? new RankFusion() : new RankFusion { K = Clamp(fusion.K) };

    private static string At(string field, int index) => string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]");

    private static VectorSearchException NoForm(string field) =>
        new(ErrorCode.InvalidArgument, field, "nothing", "one of vectors, ids, features, examples, histories, fusion");
}
