using System.Runtime.CompilerServices;

namespace VectorSearch.Index;

/// <summary>Exact distances from float32 rows.</summary>
internal readonly unsafe struct FloatScorer<TMetric> : IScorer<FloatScorer<TMetric>>
    where TMetric : struct, IMetric
{
    private readonly float* _rows;
    private readonly float* _query;
    private readonly nint _stride;

    private FloatScorer(VectorRows rows, float* query)
    {
        _rows = rows.Base;
        _stride = rows.PaddedDimension;
        _query = query;
    }

    public static int PrefetchAhead => 4;

    public static bool IsExact => true;

    public static FloatScorer<TMetric> ForQuery(HnswGraph graph, SearchScratch scratch) => new(graph.Rows, scratch.Query);

    public static FloatScorer<TMetric> ForRow(HnswGraph graph, int slot) => Create(graph.Rows, graph.Rows.Row(slot));

    internal static FloatScorer<TMetric> Create(VectorRows rows, float* query) => new(rows, query);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float To(int slot) => TMetric.Distance(_query, _rows + (slot * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Between(int a, int b) => TMetric.Distance(_rows + (a * _stride), _rows + (b * _stride), _stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int slot) => Numerics.Prefetch.Range(_rows + (slot * _stride), _stride * sizeof(float));
}
