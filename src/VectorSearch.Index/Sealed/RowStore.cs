using VectorSearch.Numerics.Formats;

namespace VectorSearch.Index.Sealed;

/// <summary>The rows of a sealed index in one of the formats, in the order of the lists.</summary>
internal sealed unsafe class RowStore : IDisposable
{
    private const int ByteLevels = 255;
    private readonly IDisposable? _owner;

    /// <summary>Takes over rows that lie in memory.</summary>
    public RowStore(RowFormat format, int rows, int dimension, float[] origin, float[] scale, byte* data, IDisposable? owner)
    {
        Format = format;
        Rows = rows;
        Dimension = dimension;
        Origin = origin;
        Scale = scale;
        Data = data;
        _owner = owner;
    }

    public RowFormat Format { get; }

    public int Rows { get; }

    public int Dimension { get; }

    /// <summary>For byte rows, what a byte of 0 stands for; empty otherwise.</summary>
    public float[] Origin { get; }

    /// <summary>For byte rows, what one step stands for; empty otherwise.</summary>
    public float[] Scale { get; }

    public byte* Data { get; }

    public int RowBytes => Dimension * ElementBytes(Format);

    public long Bytes => (long)Rows * RowBytes;

    /// <summary>Bytes a coordinate takes.</summary>
    public static int ElementBytes(RowFormat format) => format switch
    {
        RowFormat.FullFloat => sizeof(float),
        RowFormat.HalfFloat => sizeof(ushort),
        _ => sizeof(byte),
    };

    /// <inheritdoc/>
    public void Dispose() => _owner?.Dispose();

    /// <summary>Takes rows over in a format. They are made shorter where they lie, so that no second copy is needed.</summary>
    /// <param name="rows">The rows; belong to the store afterwards.</param>
    /// <param name="format">Wanted; FullFloat becomes ExactByte where that loses nothing.</param>
    public static RowStore TakeOver(RowMatrix<float> rows, RowFormat format)
    {
        var (least, greatest, whole) = Range(rows);
        var span = 0f;
        for (var j = 0; j < least.Length; j++) span = MathF.Max(span, greatest[j] - least[j]);
        if (format == RowFormat.FullFloat && rows.Rows > 0 && whole && span <= ByteLevels) format = RowFormat.ExactByte;
        if (format == RowFormat.FullFloat) return new RowStore(format, rows.Rows, rows.Dimension, [], [], (byte*)rows.Data, rows);

        var dimension = rows.Dimension;
        float[] origin = [], scale = [];
        if (format is RowFormat.ScaledByte or RowFormat.ExactByte)
        {
            origin = least;
            scale = new float[dimension];
            for (var j = 0; j < dimension; j++)
                scale[j] = format == RowFormat.ExactByte ? 1 : MathF.Max(float.Epsilon, (greatest[j] - least[j]) / ByteLevels);
        }

        // A short row ends before the long one that it is made from, so going forward nothing is lost.
        var store = new RowStore(format, rows.Rows, dimension, origin, scale, (byte*)rows.Data, rows);
        var row = new float[dimension];
        for (var i = 0; i < rows.Rows; i++)
        {
            rows[i].CopyTo(row);
            store.Write(i, row);
        }

        rows.Shrink(Math.Max(1, store.Bytes));
        return store;
    }

    /// <summary>Puts the rows into another order where they lie: follows each cycle of the permutation once, carrying one row.</summary>
    /// <param name="order">The row that comes to each place. Written to meanwhile, and the same again at the end.</param>
    public void Permute(int[] order)
    {
        var carried = new byte[RowBytes];
        for (var start = 0; start < order.Length; start++)
        {
            if (order[start] < 0 || order[start] == start) continue;
            BytesOf(start).CopyTo(carried);
            var to = start;
            for (var from = order[to]; from != start; from = order[to])
            {
                BytesOf(from).CopyTo(BytesOf(to));
                order[to] = ~from;
                to = from;
            }

            carried.CopyTo(BytesOf(to));
            order[to] = ~order[to];
        }

        for (var i = 0; i < order.Length; i++) if (order[i] < 0) order[i] = ~order[i];
    }

    /// <summary>Reads a row as floats.</summary>
    public void Read(int row, Span<float> to)
    {
        var at = Data + ((long)row * RowBytes);
        switch (Format)
        {
            case RowFormat.FullFloat:
                new ReadOnlySpan<float>(at, Dimension).CopyTo(to);
                break;
            case RowFormat.HalfFloat:
                for (var j = 0; j < Dimension; j++) to[j] = (float)((Half*)at)[j];
                break;
            default:
                for (var j = 0; j < Dimension; j++) to[j] = Origin[j] + (Scale[j] * at[j]);
                break;
        }
    }

    /// <summary>Reads a row in the form that lists and codes are made from.</summary>
    public void ReadForm(int row, VectorForm form, Span<float> to)
    {
        Read(row, to);
        form.OfRow(to[..Dimension], to);
    }

    private Span<byte> BytesOf(int row) => new(Data + ((long)row * RowBytes), RowBytes);

    private void Write(int row, ReadOnlySpan<float> from)
    {
        var at = Data + ((long)row * RowBytes);
        for (var j = 0; j < from.Length; j++)
        {
            if (Format == RowFormat.HalfFloat) ((Half*)at)[j] = (Half)from[j];
            else at[j] = (byte)Math.Clamp(MathF.Round((from[j] - Origin[j]) / Scale[j]), 0, ByteLevels);
        }
    }

    private static (float[] Least, float[] Greatest, bool Whole) Range(RowMatrix<float> rows)
    {
        var least = new float[rows.Dimension];
        var greatest = new float[rows.Dimension];
        Array.Fill(least, float.PositiveInfinity);
        Array.Fill(greatest, float.NegativeInfinity);
        var whole = true;
        for (var i = 0; i < rows.Rows; i++)
        {
            var row = rows[i];
            for (var j = 0; j < row.Length; j++)
            {
                least[j] = MathF.Min(least[j], row[j]);
                greatest[j] = MathF.Max(greatest[j], row[j]);
            }

            for (var j = 0; whole && j < row.Length; j++) whole = row[j] == MathF.Floor(row[j]);
        }

        return (least, greatest, whole);
    }
}
