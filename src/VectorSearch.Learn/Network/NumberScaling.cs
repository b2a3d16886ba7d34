namespace VectorSearch.Learn;

/// <summary>Brings numbers beside another input to mean 0 and deviation 1 of the training part.</summary>
/// <param name="Columns">Names of the numbers.</param>
/// <param name="Table">Means in row 0, 1/deviation in row 1; null when there are no numbers.</param>
internal sealed record NumberScaling(Vocabulary Columns, VectorTable? Table)
{
    /// <summary>The scaling of training rows.</summary>
    public static NumberScaling Of(Vocabulary columns, IReadOnlyList<float[]> rows)
    {
        if (columns.Count == 0) return new NumberScaling(columns, null);
        VectorTable table = new(2, columns.Count);
        for (int c = 0; c < columns.Count; c++)
        {
            double mean = 0, squares = 0;
            foreach (float[] row in rows) mean += row[c] / (double)rows.Count;
            foreach (float[] row in rows) squares += (row[c] - mean) * (row[c] - mean) / rows.Count;
            table.Writable(0)[c] = (float)mean;
            table.Writable(1)[c] = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 1;
        }

        return new NumberScaling(columns, table);
    }

    /// <summary>Scaled numbers of some rows, one after another.</summary>
    public float[] Scale(IReadOnlyList<float[]> rows, int from, int to) => Scale([.. Enumerable.Range(from, to - from).Select(n => rows[n])]);

    /// <summary>Scaled numbers of rows, one after another.</summary>
    public float[] Scale(IReadOnlyList<float[]> rows)
    {
        float[] scaled = new float[rows.Count * Columns.Count];
        if (Table is null) return scaled;
        ReadOnlySpan<float> mean = Table[0], scale = Table[1];
        for (int n = 0; n < rows.Count; n++)
        {
            for (int c = 0; c < mean.Length; c++) scaled[(n * mean.Length) + c] = (rows[n][c] - mean[c]) * scale[c];
        }

        return scaled;
    }
}
