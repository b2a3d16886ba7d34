using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A place on the map as the nearness to each of some centres, so that a network can learn what a quarter is worth: Gaussian
/// bumps about the means of k-means clusters (Moody and Darken, "Fast learning in networks of locally-tuned processing units",
/// 1989), brought to length 1.
/// </summary>
internal sealed class PlaceCells
{
    private const int Iterations = 30;
    private const int MostCells = 64, RowsPerCell = 20;

    private readonly VectorTable _table;

    /// <summary>Cells of a model file: a row for each with its centre; the last row holds the width and the shrinkage of longitudes.</summary>
    public PlaceCells(VectorTable table) => _table = table;

    /// <summary>Centres, then width and shrinkage.</summary>
    public VectorTable Table => _table;

    /// <summary>How many cells.</summary>
    public int Count => _table.Rows - 1;

    /// <summary>Cells of known places.</summary>
    /// <param name="places">Latitude and longitude in degrees of each; NaN for none.</param>
    /// <param name="seed">Seed of the first centres.</param>
    public static PlaceCells? Of(IReadOnlyList<(float Latitude, float Longitude)> places, ulong seed)
    {
        (float Latitude, float Longitude)[] known = [.. places.Where(place => float.IsFinite(place.Latitude + place.Longitude))];
        int count = Math.Min(MostCells, known.Length / RowsPerCell);
        if (count < 2) return null;
        float shrink = Cosine(known.Average(place => place.Latitude));
        (float X, float Y)[] points = [.. known.Select(place => (place.Longitude * shrink, place.Latitude))];
        Xoshiro256 random = new(seed, 0x91ace);
        random.Shuffle(points.AsSpan());
        (float X, float Y)[] centres = points[..count];
        for (int n = 0; n < Iterations; n++) centres = Move(centres, points);
        VectorTable table = new(count + 1, 2);
        for (int c = 0; c < count; c++) (table.Writable(c)[0], table.Writable(c)[1]) = centres[c];
        float[] nearest = [.. centres.Select(a => MathF.Sqrt(centres.Where(b => b != a).Select(b => Squared(a, b)).DefaultIfEmpty(1e-6f).Min())).Order()];
        (table.Writable(count)[0], table.Writable(count)[1]) = (Math.Max(1e-6f, nearest[count / 2]), shrink);
        return new PlaceCells(table);
    }

    /// <summary>Nearness of a place to each cell; zeros for an unknown place.</summary>
    public void Fill(float latitude, float longitude, Span<float> cells)
    {
        cells.Clear();
        if (!float.IsFinite(latitude + longitude)) return;
        (float width, float shrink) = (_table[Count][0], _table[Count][1]);
        float least = float.PositiveInfinity;
        for (int c = 0; c < cells.Length; c++)
        {
            cells[c] = Squared((longitude * shrink, latitude), (_table[c][0], _table[c][1])) / (2 * width * width);
            least = Math.Min(least, cells[c]);
        }

        // Far from all centres the nearest one still counts.
        foreach (ref float cell in cells) cell = VectorFunctions.Exp(least - cell);
        FixedLanes.TryNormalise(cells);
    }

    private static (float X, float Y)[] Move((float X, float Y)[] centres, (float X, float Y)[] points)
    {
        (double X, double Y, int Count)[] sums = new (double, double, int)[centres.Length];
        foreach ((float X, float Y) point in points)
        {
            int best = 0;
            for (int c = 1; c < centres.Length; c++) best = Squared(point, centres[c]) < Squared(point, centres[best]) ? c : best;
            sums[best] = (sums[best].X + point.X, sums[best].Y + point.Y, sums[best].Count + 1);
        }

        return [.. centres.Select((centre, c) => sums[c].Count == 0 ? centre : ((float)(sums[c].X / sums[c].Count), (float)(sums[c].Y / sums[c].Count)))];
    }

    private static float Squared((float X, float Y) a, (float X, float Y) b) => ((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y));

    /// <summary>cos of degrees by its series, good to 1e-5 within ±90: the same bits on every machine.</summary>
    private static float Cosine(double degrees)
    {
        double x2 = degrees * Math.PI / 180 * (degrees * Math.PI / 180);
        return (float)(1 + (x2 * (-0.5 + (x2 * ((1 / 24.0) + (x2 * ((-1 / 720.0) + (x2 * ((1 / 40320.0) - (x2 / 3628800))))))))));
    }
}
