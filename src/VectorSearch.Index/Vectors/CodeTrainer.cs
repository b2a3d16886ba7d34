using VectorSearch.Numerics;

namespace VectorSearch.Index;

/// <summary>Makes the codes of a graph's rows, and judges whether 8 bits can tell its neighbours apart.</summary>
internal static unsafe class CodeTrainer
{
    /// <summary>Rows from which the centre can be told; walks among fewer are cheap anyway.</summary>
    internal const int MinRows = 1024;

    /// <summary>Rows that the centre is the mean of.</summary>
    private const int SampleRows = 1 << 14;

    /// <summary>Nodes looked at by <see cref="AreTooCoarse(HnswGraph)"/>.</summary>
    private const int JudgedNodes = 1000;

    /// <summary>
    /// Greatest s²/d for a row of scale s whose nearest neighbour is at squared distance d. The error of a coordinate is
    /// uniform in ±s/2, of variance s²/12; two codes differ by s²/6, and the distance by 2·√(s²/6)/√d of itself: here 5 %.
    /// </summary>
    private const double GreatestScaleSquaredPerDistance = 6 * 0.025 * 0.025;

    /// <summary>Encodes every live row around the mean of a sample. The caller keeps writers out.</summary>
    internal static ByteCodes Train(HnswGraph graph, Metric metric, int threads)
    {
        int slots = graph.SlotCount;
        double[] sum = new double[graph.Rows.Dimension];
        int step = Math.Max(1, slots / SampleRows), count = 0;
        for (int slot = 0; slot < slots; slot += step)
        {
            if (!NodeTable.IsLive(graph.Nodes.State(slot))) continue;
            float* row = graph.Rows.Row(slot);
            for (int i = 0; i < sum.Length; i++) sum[i] += row[i];
            count++;
        }

        float[] center = new float[sum.Length];
        for (int i = 0; i < sum.Length; i++) center[i] = (float)(sum[i] / Math.Max(1, count));
        return Encode(graph, center, metric, threads);
    }

    /// <summary>Encodes every live row around a known centre.</summary>
    internal static ByteCodes Encode(HnswGraph graph, ReadOnlySpan<float> center, Metric metric, int threads)
    {
        ByteCodes codes = new(center, metric, graph.Nodes.MaxSlots);
        codes.EnsureSlots(graph.SlotCount);
        DeterministicParallel.For(graph.SlotCount, DeterministicParallel.DefaultChunk, threads, (start, end) =>
        {
            for (int slot = start; slot < end; slot++)
            {
                if (NodeTable.IsLive(graph.Nodes.State(slot))) codes.Encode(graph.Rows.Row(slot), codes.Code(slot));
            }
        });
        return codes;
    }

    /// <summary>Whether the code of a row is too coarse for its distance to its nearest neighbour.</summary>
    internal static bool IsTooCoarse(HnswGraph graph, int slot, int nearest)
    {
        double scale = graph.Codes!.Scale(slot);
        float distance = VectorMath.SquaredDistance(graph.Rows.Row(slot), graph.Rows.Row(nearest), graph.Rows.PaddedDimension);
        return scale * scale > GreatestScaleSquaredPerDistance * distance;
    }

    /// <summary>Whether more than half of a sample of the linked nodes have codes that are too coarse.</summary>
    internal static bool AreTooCoarse(HnswGraph graph)
    {
        int* links = stackalloc int[LinkTable.MaxCapacity];
        int slots = graph.SlotCount, step = Math.Max(1, slots / JudgedNodes), judged = 0, coarse = 0;
        for (int slot = 0; slot < slots; slot += step)
        {
            if (graph.Nodes.State(slot) != NodeTable.Linked || graph.ReadLinks(slot, 0, links) == 0) continue;
            judged++;
            if (IsTooCoarse(graph, slot, links[0])) coarse++;
        }

        return coarse > judged / 2;
    }
}
