using VectorSearch.Collections;
using VectorSearch.Numerics;
using VectorSearch.Server.Gate;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Bridges;

/// <summary>
/// Measures what a bridge finds: queries of the old space, mapped and answered by the index as callers are, beside exact
/// answers to the same queries made in the new space. On what callers ask, where both models can encode it, and on points
/// that the fit has not seen where that is too little.
/// </summary>
internal static class BridgeRecall
{
    /// <summary>Queries that it is measured on, at most: the interval is then some 0.01 to each side.</summary>
    public const int MaxQueries = 2_000;

    private const int LeastLive = 100;
    private const ulong Seed = 9;

    /// <summary>Measures.</summary>
    /// <param name="serving">A generation of the old space.</param>
    /// <param name="candidate">The generation with the bridge.</param>
    /// <param name="map">The bridge.</param>
    /// <param name="queries">Queries encoded for both spaces.</param>
    /// <param name="cancellation">Stops between queries.</param>
    /// <returns>The bridge, switched off; null if there was nothing to measure on.</returns>
    public static Proto.Bridge? Measure(
        GenerationReader serving, GenerationReader candidate, BridgeMap map, IReadOnlyList<(float[] Old, float[] New)> queries, CancellationToken cancellation)
    {
        int most = GateQuestions.Affordable((long)candidate.Count * candidate.Definition.Dimension, LeastLive, MaxQueries);
        IEnumerable<(float[] Old, float[] New)> pairs = queries.Count >= LeastLive ? queries : queries.Concat(HeldOut(serving, candidate));
        List<double> recalls = [];
        float[] mapped = new float[map.ToDimension];
        foreach ((float[] old, float[] young) in pairs.Take(most))
        {
            CpuShare.Breathe(cancellation);
            cancellation.ThrowIfCancellationRequested();
            map.Map(old, mapped);
            IReadOnlyList<PointId> truth = Ask(candidate, young, exact: true, cancellation);
            if (truth.Count > 0) recalls.Add(1 - RankMeasures.Churn(Ask(candidate, mapped, exact: false, cancellation), truth));
        }

        if (recalls.Count == 0) return null;
        (double recall, double margin) = MeanDifference.Of(recalls);
        return new Proto.Bridge
        {
            FromSpaceId = map.From.ToString(),
            FromDimension = (uint)map.FromDimension,
            Kind = map.Kind.ToString().ToLowerInvariant(),
            Recall = recall,
            Margin = margin,
            K = BridgeChooser.K,
            Queries = (uint)recalls.Count,
        };
    }

    private static IEnumerable<(float[] Old, float[] New)> HeldOut(GenerationReader serving, GenerationReader candidate)
    {
        foreach (PointId id in serving.SampleIds(8 * MaxQueries, Seed))
        {
            PointRows old = serving.Get([id], withPayload: false, withVectors: true, skipMissing: true);
            if (old.Ids.Count == 0 || !BridgeFit.IsHeldOut(old.Vectors.Span)) continue;
            PointRows young = candidate.Get([id], withPayload: false, withVectors: true, skipMissing: true);
            if (young.Ids.Count > 0) yield return (old.Vectors.ToArray(), young.Vectors.ToArray());
        }
    }

    private static IReadOnlyList<PointId> Ask(GenerationReader reader, float[] vector, bool exact, CancellationToken cancellation) =>
        reader.Query(new QueryBatch { Vectors = vector, Limit = BridgeChooser.K, Exact = exact, Space = reader.Space }, cancellation).Ids;
}
