using VectorSearch.Numerics.Codes;
using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// Finds the lists nearest to a query. Up to <see cref="MaxFlat"/> centroids are compared one by one; more are themselves
/// put into lists around fewer, and searched as rows are: estimated from codes, then measured.
/// </summary>
internal sealed unsafe class CentroidTree : IDisposable
{
    /// <summary>Centroids that are compared one by one.</summary>
    public const int MaxFlat = 192;

    /// <summary>
    /// How far below its estimate a centroid may be, in standard deviations. None: which of two lists at the margin is
    /// visited matters little, and measuring centroids was the largest part of a cheap search.
    /// </summary>
    private const float Slack = 0;

    private readonly ByteCentroids _top;
    private readonly CodedLists? _lists;
    private readonly ByteCentroids? _rows;
    private readonly int[] _numbers;

    private CentroidTree(ByteCentroids top, CodedLists? lists, ByteCentroids? rows, int[] numbers, int[]? breadth)
    {
        _top = top;
        _lists = lists;
        _rows = rows;
        _numbers = numbers;
        Breadth = breadth ?? TreeBreadth.All;
    }

    /// <summary>Keys that <see cref="Find"/> needs for what it finds.</summary>
    public int FoundRoom => _lists is null ? 0 : ListScan.Room(_lists.LongestList);

    /// <summary>Most upper lists that may be visited.</summary>
    public int TopCount => _top.Count;

    /// <summary>True when all centroids are compared one by one.</summary>
    public bool IsFlat => _lists is null;

    /// <summary>See <see cref="ByteCentroids.Variance"/>.</summary>
    public float CentroidVariance => (_rows ?? _top).Variance;

    /// <summary>Upper lists to look into; see <see cref="TreeBreadth"/>.</summary>
    public int[] Breadth { get; set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => _top.Bytes + (_lists?.Bytes ?? 0) + (_rows?.Bytes ?? 0);

    /// <summary>Builds the tree over centroids; the result depends on the centroids and the seed only.</summary>
    public static CentroidTree Build(
        float[] centroids, int dimension, int bits, ulong seed, int threads, CancellationToken cancel, int[]? breadth = null)
    {
        var count = centroids.Length / dimension;
        if (count <= MaxFlat) return new CentroidTree(new ByteCentroids(centroids, dimension), null, null, [], breadth);

        using var all = new RowMatrix<float>(count, dimension);
        centroids.CopyTo(new Span<float>(all.Data, centroids.Length));
        var upper = (int)Math.Sqrt(count);
        using var sample = new PackedRows(count, dimension);
        for (var c = 0; c < count; c++) sample.Write(c, all[c]);
        var tops = KMeans.Train(sample, upper, iterations: 10, seed + 1, threads, cancel);
        var nearest = new int[count];
        using (var panels = new CentroidPanels(tops, dimension)) panels.Nearest(all.Data, count, nearest, new float[count]);
        var (starts, members) = Grouping.ByKey(nearest, upper);
        var lists = new CodedLists(starts, dimension, bits);
        using var rows = new RowMatrix<float>(count, dimension);
        var encoder = new ResidualEncoder(lists);
        fixed (float* top = tops)
        {
            for (var l = 0; l < upper; l++)
            {
                encoder.Begin(l);
                for (var i = starts[l]; i < starts[l + 1]; i++)
                {
                    all[members[i]].CopyTo(rows[i]);
                    encoder.Encode(l, i - starts[l], rows.Data + ((long)i * dimension), top + (l * dimension), 0);
                }

                encoder.End(l);
            }
        }

        return new CentroidTree(new ByteCentroids(tops, dimension), lists, new ByteCentroids(rows.All(), dimension), members, breadth);
    }

    /// <summary>Fills the heap with the nearest lists, keyed by ‖q−c‖² in the rotation.</summary>
    public void Find(SearchMemory memory, in QueryTables tables, in RotatedQuery query, ref NearestHeap nearest)
    {
        var top = _top.For(query);
        if (_lists is null)
        {
            for (var c = 0; c < _top.Count; c++) nearest.Offer(OrderedKey.Of(top.Distance(c), c));
            return;
        }

        var tops = new NearestHeap(memory.UpperKeys, UpperProbes(nearest.Capacity));
        for (var c = 0; c < _top.Count; c++) tops.Offer(OrderedKey.Of(top.Distance(c), c));
        var cost = default(SearchCost);
        ListScan.Run(_lists, default(NoChains), tops.Sort(), Slack, tables, _rows!.For(query), default(EveryRow), memory.Found, ref nearest, ref cost);
    }

    /// <summary>Which upper list each list is in.</summary>
    public int[] UpperOfList(int lists)
    {
        var upper = new int[lists];
        for (var u = 0; _lists is not null && u < _lists.Count; u++)
            for (var i = _lists.RowStarts[u]; i < _lists.RowStarts[u + 1]; i++) upper[_numbers[i]] = u;
        return upper;
    }

    /// <summary>The squared distances of the upper lists from a query.</summary>
    public float[] UpperDistances(in RotatedQuery query)
    {
        var top = _top.For(query);
        var distances = new float[_top.Count];
        for (var c = 0; c < distances.Length; c++) distances[c] = top.Distance(c);
        return distances;
    }

    /// <summary>The nearest upper list of a query, and the second nearest.</summary>
    public (int Nearest, int Second) NearestUppers(in RotatedQuery query)
    {
        var top = _top.For(query);
        var (nearest, second) = (ulong.MaxValue, ulong.MaxValue);
        for (var c = 0; c < _top.Count; c++)
        {
            var key = OrderedKey.Of(top.Distance(c), c);
            (nearest, second) = (Math.Min(nearest, key), Math.Min(second, Math.Max(nearest, key)));
        }

        return (OrderedKey.Row(nearest), OrderedKey.Row(second));
    }

    /// <summary>The number of the list that a key of <see cref="Find"/> stands for.</summary>
    public int ListOf(ulong key) => _lists is null ? OrderedKey.Row(key) : _numbers[OrderedKey.Row(key)];

    /// <summary>The lists that no search can reach; none unless the tree is damaged.</summary>
    public int Unreachable(int lists)
    {
        if (_lists is null) return lists - _top.Count;
        var seen = new bool[lists];
        foreach (var number in _numbers) seen[number] = true;
        return seen.Count(s => !s);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _top.Dispose();
        _lists?.Dispose();
        _rows?.Dispose();
    }

    /// <summary>As many as were needed when it was measured, and never so few that they might not hold twice the lists wanted.</summary>
    private int UpperProbes(int probes) =>
        (int)Math.Min(_top.Count, Math.Max(TreeBreadth.For(Breadth, probes), (2L * probes * _top.Count / _numbers.Length) + 1));
}
