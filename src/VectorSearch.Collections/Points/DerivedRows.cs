namespace VectorSearch.Collections;

/// <summary>The rows of a record for a generation other than the one it was written for.</summary>
/// <param name="Generation">Whose they are.</param>
/// <param name="Dimension">Coordinates of a row; 0 if the generation is of the same space, so that the record's own rows are its.</param>
/// <param name="Vectors">Row-major.</param>
/// <param name="RowOf">Per point its row; −1 for a point that could not be carried. Empty with dimension 0.</param>
internal sealed record DerivedRows(ulong Generation, int Dimension, ReadOnlyMemory<float> Vectors, ReadOnlyMemory<int> RowOf)
{
    private const int MinBytes = 12;

    /// <summary>Whether the record's own rows are this generation's too.</summary>
    public bool AreShared => Dimension == 0;

    public bool IsCarried(int point) => RowOf.Span[point] >= 0;

    public ReadOnlySpan<float> Vector(int point) => Vectors.Span.Slice(RowOf.Span[point] * Dimension, Dimension);

    /// <summary>The rows of a part of the points.</summary>
    public DerivedRows Slice(int first, int count) => AreShared ? this : this with { RowOf = RowOf.Slice(first, count) };

    /// <summary>Count; per generation its number u64 and dimension i32 (0: shares the record's rows), then, unless that is 0, per point u8 (1 carried) and, if so, dimension floats.</summary>
    public static void Write(ByteWriter writer, IReadOnlyList<DerivedRows> generations, int points)
    {
        writer.Count(generations.Count);
        foreach (DerivedRows rows in generations)
        {
            writer.UInt64(rows.Generation);
            writer.Int32(rows.Dimension);
            for (int i = 0; i < points && !rows.AreShared; i++)
            {
                writer.Byte(rows.IsCarried(i) ? (byte)1 : (byte)0);
                if (rows.IsCarried(i)) writer.Floats(rows.Vector(i));
            }
        }
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Write"/> writes.</exception>
    public static IReadOnlyList<DerivedRows> Read(ref ByteReader reader, int points)
    {
        DerivedRows[] generations = new DerivedRows[reader.Count(MinBytes)];
        for (int g = 0; g < generations.Length; g++)
        {
            ulong number = reader.UInt64();
            int dimension = reader.Int32();
            if (dimension < 0 || dimension > CollectionLimits.Dimension.Max) throw new InvalidDataException($"dimension {dimension}");
            generations[g] = dimension == 0 ? new DerivedRows(number, 0, default, default) : ReadRows(ref reader, number, dimension, points);
        }

        return generations;
    }

    private static DerivedRows ReadRows(ref ByteReader reader, ulong number, int dimension, int points)
    {
        int[] rowOf = new int[points];
        List<float> vectors = [];
        float[] row = new float[dimension];
        int rows = 0;
        for (int i = 0; i < points; i++)
        {
            byte flag = reader.Byte();
            if (flag > 1) throw new InvalidDataException($"a row with flag {flag}");
            rowOf[i] = flag == 0 ? -1 : rows++;
            if (flag == 0) continue;
            reader.Floats(row);
            vectors.AddRange(row);
        }

        return new DerivedRows(number, dimension, vectors.ToArray(), rowOf);
    }
}

/// <summary>The rows of a record as one generation takes them.</summary>
/// <param name="mutation">The record.</param>
/// <param name="derived">Its rows for the generation; null if it takes the record's own.</param>
/// <param name="isKnown">False if the record has no rows for it.</param>
internal readonly struct GenerationRows(Mutation mutation, DerivedRows? derived, bool isKnown)
{
    /// <summary>Whether the rows are what the client sent, or what it was told that its features became.</summary>
    public bool AreSent => derived is null;

    /// <summary>A point's row; false if it could not be carried into the generation.</summary>
    public bool TryGet(int row, out ReadOnlySpan<float> vector)
    {
        vector = default;
        if (!isKnown || derived?.IsCarried(row) == false) return false;
        vector = derived is null ? mutation.Vector(row) : derived.Vector(row);
        return true;
    }
}
