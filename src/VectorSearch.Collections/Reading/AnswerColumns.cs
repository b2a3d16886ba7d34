using System.Buffers;

namespace VectorSearch.Collections;

/// <summary>Answers as they are gathered, in columns. Not safe for use by several threads.</summary>
internal sealed class AnswerColumns(CollectionDefinition definition, PointTable table, bool withPayload, bool withVectors, int capacity)
{
    private readonly ArrayBufferWriter<float>? _vectors = withVectors ? new() : null;

    public List<PointId> Ids { get; } = new(capacity);

    public List<float> Scores { get; } = new(capacity);

    public List<Payload>? Payloads { get; } = withPayload ? new(capacity) : null;

    public ReadOnlyMemory<float> Vectors => _vectors?.WrittenMemory ?? default;

    /// <summary>
    /// False if the point was deleted meanwhile. Of one replaced meanwhile the newest version is taken, unless that may not
    /// match the filter.
    /// </summary>
    public bool TryAdd(PointEntry entry, bool takeNewer = true)
    {
        byte[]? blob = null;
        if (withVectors)
        {
            Span<float> vector = _vectors!.GetSpan(definition.Dimension)[..definition.Dimension];
            while (!TryReadVector(entry, out blob, vector))
            {
                if (!takeNewer || !table.TryGet(entry.Id, out PointEntry newest)) return false;
                if (newest == entry) throw new InvalidOperationException($"The point {entry.Id} has no vector in slot {entry.Slot}.");
                entry = newest;
            }

            _vectors.Advance(definition.Dimension);
        }
        else if (withPayload)
        {
            blob = entry.Blob?.Read();
        }

        Ids.Add(entry.Id);
        if (withPayload) Payloads!.Add(blob is null ? Payload.Empty : PointCodec.ReadAttachment(PointBlob.Attachment(blob, definition.Dimension)).Payload);
        return true;
    }

    /// <summary>The points read, as of a record.</summary>
    public PointRows ToRows(ulong lsn) => new()
    {
        Ids = Ids, Payloads = Payloads, Vectors = Vectors, Lsn = lsn, Generation = table.Generation, Space = definition.Space,
    };

    /// <summary>The entry's vector as it was sent; false if it has left the index.</summary>
    private bool TryReadVector(PointEntry entry, out byte[]? blob, Span<float> vector)
    {
        blob = entry.Blob?.Read();
        return (blob is not null && PointBlob.TryReadVector(blob, vector)) || table.Index.ReadVector(entry.Slot, vector);
    }
}
