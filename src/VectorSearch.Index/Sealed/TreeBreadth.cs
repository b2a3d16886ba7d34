using System.Numerics;
using VectorSearch.Numerics;
using VectorSearch.Numerics.Codes;

namespace VectorSearch.Index.Sealed;

/// <summary>
/// How many upper lists of a <see cref="CentroidTree"/> are looked into to find so many lists. Where the rows lie near a
/// surface of few dimensions two are enough, and on words nearly all are needed, so it is measured: of the neighbours of
/// some rows that are in the nearest lists, all but <see cref="Lost"/> must be below the upper lists looked into.
/// </summary>
internal static unsafe class TreeBreadth
{
    /// <summary>The share of all neighbours that may be lost by looking into too few upper lists.</summary>
    public const double Lost = 0.002;

    /// <summary>Before anything is measured: all.</summary>
    public static int[] All => [int.MaxValue];

    /// <summary>Upper lists for a number of lists.</summary>
    /// <param name="breadth">Entry b is for up to 2ᵇ lists, the last for all that are more.</param>
    /// <param name="probes">Lists wanted, at least 1.</param>
    public static int For(int[] breadth, int probes) => breadth[Math.Min(breadth.Length - 1, BitOperations.Log2((uint)(2 * probes) - 1))];

    /// <summary>Measures it.</summary>
    /// <param name="index">The index, whole but for this.</param>
    /// <param name="queries">Rows that are searched for, with their neighbours.</param>
    /// <param name="threads">Threads; do not change the result.</param>
    /// <param name="cancel">Ends it.</param>
    public static int[] Measure(SealedIndex index, CalibrationQueries queries, int threads, CancellationToken cancel)
    {
        var tree = index.Parts.Tree;
        if (tree.IsFlat) return All;
        var upperOf = tree.UpperOfList(index.Lists);
        var ranks = new (int List, int Upper)[queries.Count][];
        DeterministicParallel.For(queries.Count, 4, threads, (start, end) =>
        {
            for (var q = start; q < end; q++) ranks[q] = Ranks(index, queries.Vector(q), queries.Neighbors(q), upperOf);
        }, cancel);
        var all = ranks.SelectMany(r => r).ToArray();
        var breadth = new int[BitOperations.Log2((uint)index.Lists) + 2];
        for (var b = 0; b < breadth.Length; b++)
        {
            var uppers = all.Where(r => r.List < 1L << b).Select(r => r.Upper).Order().ToArray();
            var at = uppers.Length - 1 - (int)(Lost * all.Length);
            breadth[b] = Math.Min(tree.TopCount, at < 0 ? 1 : uppers[at] + 1);
        }

        return breadth;
    }

    /// <summary>For each neighbour, how many lists are nearer to the query than its own, and how many upper lists than its list's.</summary>
    private static (int List, int Upper)[] Ranks(SealedIndex index, ReadOnlySpan<float> query, ReadOnlySpan<int> neighbors, int[] upperOf)
    {
        var parts = index.Parts;
        var dimension = parts.Rotation.Output;
        var form = new float[parts.Form.Length];
        var projected = new float[parts.Rotation.Input];
        var whole = new short[SignedByteRows.PaddedLength(dimension)];
        parts.Form.OfQuery(query, form);
        var lists = new float[index.Lists];
        float[] uppers;
        fixed (float* f = form, p = projected, c = parts.Centroids)
        fixed (short* w = whole)
        {
            parts.Rotation.Apply(f, p);
            for (var l = 0; l < lists.Length; l++) lists[l] = VectorMath.SquaredDistance(p, c + ((long)l * dimension), dimension);
            uppers = parts.Tree.UpperDistances(new RotatedQuery(w, SignedByteRows.EncodeQuery(p, dimension, w), VectorMath.Dot(p, p, dimension)));
        }

        var places = index.Places();
        var ranks = new (int List, int Upper)[neighbors.Length];
        for (var n = 0; n < ranks.Length; n++)
        {
            var list = Array.BinarySearch(parts.Lists.RowStarts, places[neighbors[n]]);
            if (list < 0) list = ~list - 1;
            while (parts.Lists.RowStarts[list + 1] <= places[neighbors[n]]) list++;
            ranks[n] = (lists.Count(d => d < lists[list]), uppers.Count(d => d < uppers[upperOf[list]]));
        }

        return ranks;
    }
}
