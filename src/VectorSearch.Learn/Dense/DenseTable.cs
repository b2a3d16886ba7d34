using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>Rows of numbers with a label each.</summary>
/// <param name="Columns">Names of the features.</param>
/// <param name="Labels">The classes.</param>
/// <param name="Rows">The features, one example a row.</param>
/// <param name="LabelOf">The class of each example.</param>
public sealed record DenseTable(Vocabulary Columns, Vocabulary Labels, VectorTable Rows, int[] LabelOf)
{
    /// <summary>Some of the rows, in the order given.</summary>
    public DenseTable Take(IReadOnlyList<int> rows)
    {
        VectorTable taken = new(rows.Count, Rows.Dimension);
        for (int n = 0; n < rows.Count; n++) Rows[rows[n]].CopyTo(taken.Writable(n));
        return this with { Rows = taken, LabelOf = [.. rows.Select(row => LabelOf[row])] };
    }
}

/// <summary>A table to train on, with noise on every feature in units of its deviation over the table.</summary>
internal sealed class DenseTableExamples : IDenseExamples
{
    private readonly DenseTable _table;
    private readonly float[] _noise;

    public DenseTableExamples(DenseTable table, float noise)
    {
        _table = table;
        _noise = new float[Width];
        for (int c = 0; c < Width; c++)
        {
            double sum = 0, squares = 0;
            for (int n = 0; n < Count; n++)
            {
                sum += table.Rows[n][c];
                squares += (double)table.Rows[n][c] * table.Rows[n][c];
            }

            _noise[c] = noise * (float)Math.Sqrt(Math.Max(0, (squares / Count) - (sum / Count * (sum / Count))));
        }
    }

    public int Count => _table.Rows.Rows;

    public int Width => _table.Rows.Dimension;

    public void Read(int example, Span<float> row) => _table.Rows[example].CopyTo(row);

    public void ReadAugmented(int example, ulong seed, int epoch, Span<float> row)
    {
        Read(example, row);
        Xoshiro256 random = new(seed, ((ulong)(epoch + 1) << 32) + (ulong)example);
        // Uniform noise of the wanted deviation: √3 is half the width of a uniform variable of deviation 1.
        for (int c = 0; c < row.Length; c++) row[c] += _noise[c] * 1.7320508f * ((2 * random.NextSingle()) - 1);
    }
}
