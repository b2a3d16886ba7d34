using VectorSearch.Numerics;

namespace VectorSearch.Collections;

/// <summary>What a record of a collection's log does. The numbers are part of the file formats.</summary>
internal enum MutationKind : byte
{
    /// <summary>Insert or replace points.</summary>
    Upsert = 1,

    /// <summary>Delete points.</summary>
    Delete = 2,

    /// <summary>Nothing: proves that the log takes writes again.</summary>
    Probe = 3,

    /// <summary>Change the payloads of points.</summary>
    Payload = 4,

    /// <summary>In the log only: an upsert with rows for several generations (<see cref="Mutation.Derived"/>).</summary>
    UpsertSeveral = 5,
}

/// <summary>
/// One record of the log: points that are written or deleted together.
/// <para>Body: request id text (empty for none), space text, dimension i32, count; per point its id and, for an upsert,
/// dimension floats and the attachment bytes. A payload record ends with its change (<see cref="PointCodec.WriteChange"/>),
/// an upsert for several generations with their rows (<see cref="DerivedRows.Write"/>). The record's flag 1 marks the last
/// record of a request.</para>
/// <para>The vectors of every generation are in the record, so that replaying it needs no model: what was acknowledged
/// does not hang on a model file, nor on a later version of its encoder giving the same bits.</para>
/// </summary>
internal sealed class Mutation
{
    /// <summary>Flag of the record that completes its request.</summary>
    public const byte EndsRequestFlag = 1;

    public required MutationKind Kind { get; init; }

    public string RequestId { get; init; } = "";

    public required SpaceId Space { get; init; }

    public required IReadOnlyList<PointId> Ids { get; init; }

    /// <summary>The generation that it was written for; <see cref="Vectors"/> are its rows.</summary>
    public ulong Generation { get; init; } = 1;

    /// <summary>Row-major; as sent, or derived from features. Empty for a delete.</summary>
    public ReadOnlyMemory<float> Vectors { get; init; }

    /// <summary>Features and payload per point, as <see cref="PointCodec.WriteAttachment"/> writes them. Empty for a delete.</summary>
    public IReadOnlyList<byte[]> Attachments { get; init; } = [];

    /// <summary>Rows of the other generations that were there.</summary>
    public IReadOnlyList<DerivedRows> Derived { get; init; } = [];

    /// <summary>What happens to each payload; null unless that is the kind.</summary>
    public PayloadChange? Change { get; init; }

    public bool EndsRequest { get; init; } = true;

    public int Dimension => Ids.Count == 0 ? 0 : Vectors.Length / Ids.Count;

    public ReadOnlySpan<float> Vector(int row) => Vectors.Span.Slice(row * Dimension, Dimension);

    /// <summary>The kind of its record.</summary>
    public MutationKind RecordKind => Derived.Count > 0 ? MutationKind.UpsertSeveral : Kind;

    /// <summary>The rows of a generation.</summary>
    /// <param name="generation">Its number.</param>
    /// <param name="space">Its space: a record that does not know the generation has rows for it if they are of this space.</param>
    public GenerationRows RowsOf(ulong generation, SpaceId space)
    {
        if (generation == Generation || Kind != MutationKind.Upsert) return new GenerationRows(this, null, true);
        foreach (DerivedRows rows in Derived)
        {
            if (rows.Generation == generation) return rows.AreShared ? new GenerationRows(this, null, true) : new GenerationRows(this, rows, true);
        }

        return new GenerationRows(this, null, space == Space);
    }

    public byte[] ToBytes()
    {
        ByteWriter writer = new(64 + (Vectors.Length * sizeof(float)) + (Ids.Count * 16));
        writer.Text(RequestId);
        writer.Text(Space.ToString());
        writer.Int32(Dimension);
        writer.Count(Ids.Count);
        for (int i = 0; i < Ids.Count; i++)
        {
            PointCodec.WriteId(writer, Ids[i]);
            if (Kind != MutationKind.Upsert) continue;
            writer.Floats(Vector(i));
            writer.Bytes(Attachments[i]);
        }

        if (Change is not null) PointCodec.WriteChange(writer, Change);
        if (Derived.Count > 0) DerivedRows.Write(writer, Derived, Ids.Count);

        return writer.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not what <see cref="ToBytes"/> writes.</exception>
    public static Mutation Parse(byte kind, byte flags, ulong generation, ReadOnlySpan<byte> body)
    {
        if (!Enum.IsDefined((MutationKind)kind))
            throw new InvalidDataException($"a record of kind {kind}");
        ByteReader reader = new(body);
        string requestId = reader.Text();
        string spaceText = reader.Text();
        SpaceId space = default;
        if (spaceText.Length > 0 && !SpaceId.TryParse(spaceText, out space)) throw new InvalidDataException($"the space id '{spaceText}'");
        int dimension = reader.Int32();
        bool isUpsert = kind is (byte)MutationKind.Upsert or (byte)MutationKind.UpsertSeveral;
        if (dimension < 0 || (isUpsert && dimension > body.Length / sizeof(float))) throw new InvalidDataException($"dimension {dimension}");
        int count = reader.Count(2 + (isUpsert ? (dimension * sizeof(float)) + 1 : 0));
        PointId[] ids = new PointId[count];
        float[] vectors = isUpsert ? new float[count * dimension] : [];
        byte[][] attachments = isUpsert ? new byte[count][] : [];
        for (int i = 0; i < count; i++)
        {
            ids[i] = PointCodec.ReadId(ref reader);
            if (!isUpsert) continue;
            reader.Floats(vectors.AsSpan(i * dimension, dimension));
            attachments[i] = reader.Bytes().ToArray();
        }

        PayloadChange? change = kind == (byte)MutationKind.Payload ? PointCodec.ReadChange(ref reader) : null;
        IReadOnlyList<DerivedRows> derived = kind == (byte)MutationKind.UpsertSeveral ? DerivedRows.Read(ref reader, count) : [];
        reader.End();
        return new Mutation
        {
            Kind = isUpsert ? MutationKind.Upsert : (MutationKind)kind,
            Generation = generation,
            Derived = derived,
            RequestId = requestId,
            Space = space,
            Ids = ids,
            Vectors = vectors,
            Attachments = attachments,
            Change = change,
            EndsRequest = (flags & EndsRequestFlag) != 0,
        };
    }
}
