namespace VectorSearch.Learn;

/// <summary>
/// Numbers as how far they have come through each of some ranges, 0 before it and 1 beyond (the piecewise linear encoding of
/// Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022), with as many
/// training rows in each range: so a linear model bends too, and a step of a room means another thing than one of a palace.
/// </summary>
internal sealed class NumberBins
{
    private const int MostBins = 10;

    private readonly VectorTable _edges;
    private readonly int[] _bins;

    /// <summary>Ranges of a model file: a row for each column with its rising edges, the last one repeated to the end.</summary>
    public NumberBins(VectorTable edges)
    {
        _edges = edges;
        _bins = [.. Enumerable.Range(0, edges.Rows).Select(c => Rising(edges[c]))];
        Count = _bins.Sum();
    }

    /// <summary>Edges of each column.</summary>
    public VectorTable Edges => _edges;

    /// <summary>How many ranges there are.</summary>
    public int Count { get; }

    /// <summary>Ranges of training rows; null where no column has three values.</summary>
    public static NumberBins? Of(IReadOnlyList<float[]> rows, int columns)
    {
        if (columns == 0) return null;
        VectorTable edges = new(columns, MostBins + 1);
        for (int c = 0; c < columns; c++)
        {
            float[] known = [.. rows.Select(row => row[c]).Where(float.IsFinite).Order()];
            float[] found = known.Length == 0 ? [0] : [.. Enumerable.Range(0, MostBins + 1).Select(n => known[(int)((long)n * (known.Length - 1) / MostBins)]).Distinct()];
            Span<float> own = edges.Writable(c);
            // Of two values the number itself says all.
            own.Fill(found[0]);
            if (found.Length < 3) continue;
            for (int n = 0; n < own.Length; n++) own[n] = found[Math.Min(n, found.Length - 1)];
        }

        NumberBins bins = new(edges);
        return bins.Count == 0 ? null : bins;
    }

    /// <summary>The ranges of a row, those of one column after those of another; zeros for a missing number.</summary>
    public void Fill(float[] numbers, Span<float> ranges)
    {
        int at = 0;
        for (int c = 0; c < _bins.Length; c++)
        {
            ReadOnlySpan<float> edges = _edges[c];
            for (int n = 0; n < _bins[c]; n++)
                ranges[at++] = float.IsFinite(numbers[c]) ? Math.Clamp((numbers[c] - edges[n]) / (edges[n + 1] - edges[n]), 0, 1) : 0;
        }
    }

    private static int Rising(ReadOnlySpan<float> edges)
    {
        int count = 0;
        while (count + 1 < edges.Length && edges[count + 1] > edges[count]) count++;
        return count;
    }
}
