using VectorSearch.Index;
using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>The graph; or its rows alone, where every query is compared with every point.</summary>
internal sealed class GraphPointIndex(HnswIndex graph, bool links) : PointIndex
{
    /// <summary>Beams tried, as multiples of the answers wanted; in between the next greater is taken.</summary>
    private static readonly double[] Beams = [1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

    public HnswIndex Graph => graph;

    public override int Dimension => graph.Options.Dimension;

    public override Metric Metric => graph.Options.Metric;

    public override int Count => graph.Count;

    public override int SlotCount => graph.SlotCount;

    public override bool Links => links;

    public override IndexCounts Counts
    {
        get
        {
            IndexStatistics counts = graph.GetStatistics();
            return new IndexCounts(counts.Unlinked, counts.Reusable, Math.Max(0, counts.TopLevel), counts.VectorBytes, counts.GraphBytes, counts.CodeBytes);
        }
    }

    public override int Store(ReadOnlySpan<float> vector) => graph.Store(vector);

    public override void Link(int slot)
    {
        if (links) graph.Link(slot);
    }

    public override bool Remove(int slot) => graph.Remove(slot);

    public override bool Contains(int slot) => graph.Contains(slot);

    public override bool ReadVector(int slot, Span<float> vector) => graph.ReadVector(slot, vector);

    public override SlotLease LeaseSlots() => graph.LeaseSlots();

    public override SearchOutcome Search(ReadOnlySpan<float> query, in SearchRequest request, Span<Neighbor> hits) => graph.Search(query, request, hits);

    public override int EffortOf(int ef) => ef;

    public override IEnumerable<int> Efforts(int limit) => Beams.Select(beam => (int)Math.Min(limit * beam, CollectionLimits.Ef.Max)).Distinct();

    public override int Reconnect() => links ? graph.Reconnect() : 0;

    public override int Repair() => graph.Repair();

    public override GenerationAudit Audit()
    {
        GraphReport report = graph.Validate();
        return new GenerationAudit(graph.Count, report.FaultCount, report.Faults, report.UnreachableCount, report.ToString());
    }

    public override void Save(Stream stream) => graph.Save(stream);

    protected override void Dispose(bool disposing) => graph.Dispose();
}
