using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// Places in the plane that keep neighbours together: the fuzzy neighbour graph of UMAP (McInnes, Healy and Melville, 2018,
/// section 3) laid out by stochastic gradient descent with the Cauchy curve 1/(1 + d²) of t-SNE (van der Maaten and Hinton,
/// JMLR 2008), attraction along the edges, repulsion from random points.
/// </summary>
public static class NeighbourLayout
{
    /// <summary>Neighbours that <see cref="Preserved"/> compares.</summary>
    public const int ComparedNeighbours = 10;

    private const int Neighbours = 15, Epochs = 400, Negatives = 5;
    private const double StartSpread = 10, MostForce = 4, Repulsion = 1;

    /// <summary>Lays points out.</summary>
    /// <param name="points">Vectors; they are compared by cosine.</param>
    /// <param name="start">Where to start, two coordinates a point; the first two principal components do well.</param>
    /// <param name="seed">Seed of the random repulsion.</param>
    public static double[][] Place(VectorTable points, double[][] start, ulong seed = 1)
    {
        if (points.Rows <= Neighbours) throw new ArgumentException($"There are {points.Rows} points: expected more than {Neighbours}.", nameof(points));
        (int[][] nearest, float[][] cosines) = Nearest(points, Neighbours);
        List<(int From, int To, double Weight)> edges = Edges(nearest, cosines);
        double spread = start.Max(place => Math.Max(Math.Abs(place[0]), Math.Abs(place[1])));
        double[][] places = [.. start.Select(place => new[] { place[0] / spread * StartSpread, place[1] / spread * StartSpread })];
        Xoshiro256 random = new(seed, 22);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            double rate = 1 - ((double)epoch / Epochs);
            foreach ((int from, int to, double weight) in edges)
            {
                // An edge of weight w takes part in the share w of all epochs.
                if (random.NextDouble() >= weight) continue;
                Pull(places[from], places[to], rate);
                for (int n = 0; n < Negatives; n++) Push(places[from], places[random.NextInt(places.Length)], rate);
            }
        }

        return places;
    }

    /// <summary>The share of each point's ten nearest by cosine that are among its ten nearest in the plane, on average.</summary>
    public static double Preserved(VectorTable points, double[][] places)
    {
        (int[][] truth, _) = Nearest(points, ComparedNeighbours);
        double kept = 0;
        float[] scores = new float[places.Length];
        int[] near = new int[ComparedNeighbours];
        for (int n = 0; n < places.Length; n++)
        {
            for (int m = 0; m < places.Length; m++)
                scores[m] = m == n ? float.NegativeInfinity : -(float)(Square(places[n][0] - places[m][0]) + Square(places[n][1] - places[m][1]));
            TopK.Select(scores, near);
            kept += truth[n].Intersect(near).Count();
        }

        return kept / (places.Length * (double)ComparedNeighbours);
    }

    private static (int[][] Nearest, float[][] Cosines) Nearest(VectorTable points, int count)
    {
        VectorTable units = new(points.Rows, points.Dimension);
        for (int row = 0; row < points.Rows; row++)
        {
            points[row].CopyTo(units.Writable(row));
            FixedLanes.TryNormalise(units.Writable(row));
        }

        int[][] nearest = new int[points.Rows][];
        float[][] cosines = new float[points.Rows][];
        DeterministicParallel.For(points.Rows, 16, 0, () => new float[points.Rows], (from, to, scores) =>
        {
            for (int n = from; n < to; n++)
            {
                for (int m = 0; m < scores.Length; m++) scores[m] = m == n ? float.NegativeInfinity : FixedLanes.Dot(units[n], units[m]);
                nearest[n] = new int[count];
                TopK.Select(scores, nearest[n]);
                cosines[n] = [.. nearest[n].Select(m => scores[m])];
            }
        });
        return (nearest, cosines);
    }

    /// <summary>Edges both ways; memberships joined by a + b − ab.</summary>
    private static List<(int From, int To, double Weight)> Edges(int[][] nearest, float[][] cosines)
    {
        Dictionary<(int, int), double> membership = [];
        for (int n = 0; n < nearest.Length; n++)
        {
            double[] distances = [.. cosines[n].Select(cosine => 1.0 - cosine)];
            double width = Width(distances);
            for (int k = 0; k < distances.Length; k++) membership[(n, nearest[n][k])] = Math.Exp(-(distances[k] - distances[0]) / width);
        }

        List<(int, int, double)> edges = [];
        foreach (((int from, int to), double there) in membership)
        {
            bool mutual = membership.TryGetValue((to, from), out double back);
            double weight = there + back - (there * back);
            edges.Add((from, to, weight));
            if (!mutual) edges.Add((to, from, weight));
        }

        return edges;
    }

    /// <summary>σ such that the memberships sum to log₂ k, by bisection.</summary>
    private static double Width(double[] distances)
    {
        double low = 1e-6, high = 10, wanted = Math.Log2(distances.Length);
        for (int n = 0; n < 40; n++)
        {
            double middle = (low + high) / 2;
            if (distances.Sum(distance => Math.Exp(-(distance - distances[0]) / middle)) > wanted) high = middle;
            else low = middle;
        }

        return (low + high) / 2;
    }

    private static void Pull(double[] a, double[] b, double rate)
    {
        double force = 2 / (1 + Square(a[0] - b[0]) + Square(a[1] - b[1]));
        for (int i = 0; i < 2; i++)
        {
            double step = rate * Math.Clamp(force * (b[i] - a[i]), -MostForce, MostForce);
            a[i] += step;
            b[i] -= step;
        }
    }

    private static void Push(double[] a, double[] b, double rate)
    {
        if (ReferenceEquals(a, b)) return;
        double square = Square(a[0] - b[0]) + Square(a[1] - b[1]), force = 2 * Repulsion / ((0.001 + square) * (1 + square));
        for (int i = 0; i < 2; i++) a[i] += rate * Math.Clamp(force * (a[i] - b[i]), -MostForce, MostForce);
    }

    private static double Square(double x) => x * x;
}
