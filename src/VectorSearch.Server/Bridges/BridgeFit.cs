using VectorSearch.Numerics;

namespace VectorSearch.Server.Bridges;

/// <summary>
/// Fits maps from one space to another on points that have a vector of each: the orthogonal one (Schönemann, Psychometrika
/// 1966), ridge regression of the new vectors on the old, and ridge regression of the old scores on the new vectors: the
/// map q → (YᵀY + r)⁻¹ YᵀX q keeps the inner products of a query with the points, also where queries lie elsewhere than
/// points. Which one is the best differs from model to model; the caller tries them.
/// </summary>
internal sealed class BridgeFit
{
    /// <summary>Ridges that are tried, as parts of the mean variance of a coordinate.</summary>
    private static readonly double[] Ridges = [1e-4, 1e-2, 1e-1];

    /// <summary>One pair in so many is held out.</summary>
    private const uint HeldOutOf = 5;

    /// <summary>Coarse enough that rounding of a vector hardly ever moves it across.</summary>
    private const double DirectionSteps = 256;

    private readonly SpaceId _from, _to;
    private readonly int _fromDimension, _toDimension;
    private readonly float[] _oldMean, _newMean;
    private readonly double _oldSquares;
    private readonly float[] _gramOld, _gramNew, _cross;

    /// <summary>Prepares the fit.</summary>
    /// <param name="from">The old space.</param>
    /// <param name="to">The new space.</param>
    /// <param name="old">Row-major vectors of the old space.</param>
    /// <param name="young">Row-major vectors of the new space, of the same points.</param>
    /// <param name="count">Pairs, at least one.</param>
    /// <param name="metric">How vectors of the new space are compared.</param>
    public BridgeFit(SpaceId from, SpaceId to, ReadOnlySpan<float> old, ReadOnlySpan<float> young, int count, Metric metric)
    {
        (_from, _to) = (from, to);
        (_fromDimension, _toDimension) = (old.Length / count, young.Length / count);
        float[] oldRows = old.ToArray(), newRows = young.ToArray();
        if (metric == Metric.Cosine)
        {
            Unit(oldRows, _fromDimension);
            Unit(newRows, _toDimension);
        }

        // Only distances know where the middle is: to similarities a shift would be another question.
        bool isCentred = metric == Metric.SquaredEuclidean;
        _oldMean = Centre(oldRows, _fromDimension, isCentred);
        _newMean = Centre(newRows, _toDimension, isCentred);
        float[] oldColumns = SmallMatrix.Transpose(oldRows, _fromDimension), newColumns = SmallMatrix.Transpose(newRows, _toDimension);
        _gramOld = SmallMatrix.TimesTransposed(oldColumns, oldColumns, count);
        _gramNew = SmallMatrix.TimesTransposed(newColumns, newColumns, count);
        _cross = SmallMatrix.TimesTransposed(newColumns, oldColumns, count);
        _oldSquares = VectorMath.NormSquaredDouble(oldRows);
    }

    /// <summary>
    /// Whether a pair is held out of the fit: by the direction of its old vector, so that everybody who meets the point again
    /// knows it without a list, whether the vector is as it was sent or of length 1.
    /// </summary>
    public static bool IsHeldOut(ReadOnlySpan<float> old)
    {
        double norm = Math.Sqrt(VectorMath.NormSquaredDouble(old));
        ulong hash = (ulong)old.Length;
        foreach (float value in old) hash = Xoshiro256.Mix(hash ^ (ulong)(long)Math.Round(norm == 0 ? 0 : DirectionSteps * value / norm));
        return hash % HeldOutOf == 0;
    }

    /// <summary>All maps that are worth trying.</summary>
    public IEnumerable<BridgeMap> Candidates(CancellationToken cancellation)
    {
        yield return Procrustes(cancellation);
        foreach (double ridge in Ridges)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Linear(ridge);
            yield return Scores(ridge);
        }
    }

    private BridgeMap Procrustes(CancellationToken cancellation)
    {
        float[] rotation = PolarFactor.Of(_cross, _fromDimension, cancellation);

        // With the best stretch, which only distances see: tr(Rᵀ C) / ‖X‖².
        double stretch = _oldSquares > 0 ? VectorMath.Dot(rotation, _cross) / _oldSquares : 1;
        VectorMath.Scale((float)stretch, rotation);
        return Map(BridgeKind.Procrustes, rotation);
    }

    private BridgeMap Linear(double ridge)
    {
        float[] right = SmallMatrix.Transpose(_cross, _fromDimension);
        float[] solved = SmallMatrix.SolveRidge(_gramOld, Ridge(ridge, _gramOld, _fromDimension), right, _fromDimension);
        return Map(BridgeKind.Linear, SmallMatrix.Transpose(solved, _toDimension));
    }

    private BridgeMap Scores(double ridge) =>
        Map(BridgeKind.Scores, SmallMatrix.SolveRidge(_gramNew, Ridge(ridge, _gramNew, _toDimension), _cross, _toDimension));

    private static double Ridge(double part, float[] gram, int n) => Math.Max(part * SmallMatrix.MeanDiagonal(gram, n), float.Epsilon);

    private BridgeMap Map(BridgeKind kind, float[] rows)
    {
        float[] shift = new float[_toDimension];
        for (int i = 0; i < shift.Length; i++) shift[i] = _newMean[i] - VectorMath.Dot(rows.AsSpan(i * _fromDimension, _fromDimension), _oldMean);
        return new BridgeMap(kind, _from, _to, rows, shift);
    }

    private static void Unit(float[] rows, int dimension)
    {
        for (int at = 0; at < rows.Length; at += dimension)
        {
            Span<float> row = rows.AsSpan(at, dimension);
            float norm = MathF.Sqrt(VectorMath.NormSquared(row));
            if (norm > 0) VectorMath.Scale(1 / norm, row);
        }
    }

    /// <summary>Takes the mean away and returns it; zeros, and nothing taken, if not asked to.</summary>
    private static float[] Centre(float[] rows, int dimension, bool isWanted)
    {
        double[] sums = new double[dimension];
        if (isWanted)
        {
            for (int i = 0; i < rows.Length; i++) sums[i % dimension] += rows[i];
        }

        float[] mean = [.. sums.Select(sum => (float)(sum * dimension / rows.Length))];
        for (int at = 0; isWanted && at < rows.Length; at += dimension) VectorMath.AddScaled(-1, mean, rows.AsSpan(at, dimension));
        return mean;
    }
}
