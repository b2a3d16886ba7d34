using VectorSearch.Numerics;

namespace VectorSearch.Learn;

/// <summary>
/// A matrix that is learned, with its gradient and the two moments of its optimiser. Rows are padded with zeros to
/// whole lanes. A sparse parameter is updated only where a batch touched it.
/// </summary>
internal sealed class Parameter
{
    private int[] _touched = [];

    public Parameter(string name, int rows, int columns, bool sparse)
    {
        Name = name;
        Table = new VectorTable(rows, columns);
        Gradient = new float[Table.Values.Length];
        First = new float[Table.Values.Length];
        Second = new float[Table.Values.Length];
        Sparse = sparse;
    }

    private Parameter(string name, VectorTable table)
    {
        Name = name;
        Table = table;
        Gradient = First = Second = [];
    }

    public string Name { get; }

    public VectorTable Table { get; }

    public int Rows => Table.Rows;

    public int Columns => Table.Dimension;

    public int Stride => Table.Stride;

    public float[] Value => Table.Values;

    public float[] Gradient { get; }

    /// <summary>First moment (Adam) or nothing (Adagrad).</summary>
    public float[] First { get; }

    /// <summary>Second moment.</summary>
    public float[] Second { get; }

    public bool Sparse { get; }

    /// <summary>Rows that have a gradient in this batch, each once; all rows of a dense parameter.</summary>
    public ReadOnlySpan<int> Touched => _touched;

    /// <summary>Says which rows the gradient of this batch is in.</summary>
    public void Touch(int[] rows) => _touched = rows;

    /// <summary>
    /// Brings rows back to unit length. Under a cosine a step lengthens a row and never shortens it, and a longer row turns less
    /// a step: without this the learning rate falls with the root of the steps, whatever it is set to.
    /// </summary>
    public void Normalise(ReadOnlySpan<int> rows)
    {
        foreach (int row in rows) FixedLanes.TryNormalise(Table.Writable(row));
    }

    /// <summary>A matrix that is used and no longer learned.</summary>
    public static Parameter Frozen(string name, VectorTable table) => new(name, table);

    /// <summary>Normal start values of the given standard deviation, a stream of random numbers for each row.</summary>
    public Parameter Initialise(ulong seed, ulong salt, double deviation)
    {
        for (int row = 0; row < Rows; row++)
        {
            Xoshiro256 random = new(seed, (salt << 40) + (ulong)row);
            foreach (ref float value in Table.Writable(row)) value = (float)deviation * random.NextNormal();
        }

        return this;
    }
}
