namespace VectorSearch.Collections;

/// <summary>
/// Ids, features and payloads as bytes. The tags are the numbers of <see cref="IdKind"/>, <see cref="PayloadKind"/> and
/// <see cref="FeatureTag"/>; they are part of the file formats.
/// </summary>
internal static class PointCodec
{
    private const int MaxDepth = 16;

    private enum ChangeTag : byte
    {
        Set = 1,
        Replace = 2,
        Remove = 3,
    }

    private enum FeatureTag : byte
    {
        None = 0,
        History = 1,
        Sparse = 2,
        Text = 3,
        Media = 4,
    }

    public static void WriteId(ByteWriter writer, PointId id)
    {
        writer.Byte((byte)id.Kind);
        if (id.Kind == IdKind.Number) writer.UInt64(id.Number);
        else writer.Text(id.Text);
    }

    public static PointId ReadId(ref ByteReader reader) => reader.Byte() switch
    {
        (byte)IdKind.Number => new PointId(reader.UInt64()),
        (byte)IdKind.Text => new PointId(reader.Text()),
        byte other => throw new InvalidDataException($"an id of kind {other}"),
    };

    /// <summary>What came beside or instead of the vector: features, then payload. Empty bytes if there is neither.</summary>
    public static byte[] WriteAttachment(PointFeatures? features, Payload? payload)
    {
        bool hasPayload = payload is { Fields.Count: > 0 };
        if (features is null && !hasPayload) return [];
        ByteWriter writer = new();
        WriteFeatures(writer, features);
        WritePayload(writer, payload ?? Payload.Empty);
        return writer.ToArray();
    }

    public static (PointFeatures? Features, Payload Payload) ReadAttachment(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return (null, Payload.Empty);
        ByteReader reader = new(bytes);
        PointFeatures? features = ReadFeatures(ref reader);
        Payload payload = ReadPayload(ref reader);
        reader.End();
        return (features, payload);
    }

    /// <summary>The features of an attachment; null if it has none.</summary>
    public static PointFeatures? ReadOnlyFeatures(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        ByteReader reader = new(bytes);
        return ReadFeatures(ref reader);
    }

    /// <summary>Whether an attachment has features.</summary>
    public static bool HasFeatures(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && bytes[0] != (byte)FeatureTag.None;

    public static void WritePayload(ByteWriter writer, Payload payload)
    {
        writer.Count(payload.Fields.Count);
        foreach ((string name, PayloadValue value) in payload.Fields)
        {
            writer.Text(name);
            WriteValue(writer, value);
        }
    }

    /// <summary>Tag u8 (1 set, 2 replace, 3 remove), then the payload, or count and names.</summary>
    public static void WriteChange(ByteWriter writer, PayloadChange change)
    {
        switch (change)
        {
            case PayloadChange.Set set:
                writer.Byte((byte)ChangeTag.Set);
                WritePayload(writer, set.Fields);
                break;
            case PayloadChange.Replace replace:
                writer.Byte((byte)ChangeTag.Replace);
                WritePayload(writer, replace.Payload);
                break;
            case PayloadChange.Remove remove:
                writer.Byte((byte)ChangeTag.Remove);
                writer.Count(remove.Names.Count);
                foreach (string name in remove.Names) writer.Text(name);
                break;
        }
    }

    public static PayloadChange ReadChange(ref ByteReader reader)
    {
        ChangeTag tag = (ChangeTag)reader.Byte();
        switch (tag)
        {
            case ChangeTag.Set:
                return new PayloadChange.Set(ReadPayload(ref reader));
            case ChangeTag.Replace:
                return new PayloadChange.Replace(ReadPayload(ref reader));
            case ChangeTag.Remove:
                string[] names = new string[reader.Count(1)];
                for (int i = 0; i < names.Length; i++) names[i] = reader.Text();
                return new PayloadChange.Remove(names);
            default:
                throw new InvalidDataException($"a payload change of kind {tag}");
        }
    }

    private static Payload ReadPayload(ref ByteReader reader)
    {
        KeyValuePair<string, PayloadValue>[] fields = new KeyValuePair<string, PayloadValue>[reader.Count(2)];
        for (int i = 0; i < fields.Length; i++) fields[i] = new(reader.Text(), ReadValue(ref reader, 0));
        if (fields.Length == 0) return Payload.Empty;
        try
        {
            return new Payload(fields);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }

    private static void WriteFeatures(ByteWriter writer, PointFeatures? features)
    {
        switch (features)
        {
            case null:
                writer.Byte((byte)FeatureTag.None);
                break;
            case PointFeatures.History history:
                writer.Byte((byte)FeatureTag.History);
                WriteWeighted(writer, history.Items, history.Weights);
                break;
            case PointFeatures.Sparse sparse:
                writer.Byte((byte)FeatureTag.Sparse);
                WriteWeighted(writer, sparse.Names, sparse.Values);
                break;
            case PointFeatures.Text text:
                writer.Byte((byte)FeatureTag.Text);
                writer.Text(text.Content);
                break;
            case PointFeatures.Media media:
                writer.Byte((byte)FeatureTag.Media);
                writer.Text(media.ContentType);
                writer.Bytes(media.Data.Span);
                break;
            default:
                throw new InvalidOperationException($"There is no form for features of type {features.GetType().Name}.");
        }
    }

    private static PointFeatures? ReadFeatures(ref ByteReader reader)
    {
        FeatureTag tag = (FeatureTag)reader.Byte();
        switch (tag)
        {
            case FeatureTag.None:
                return null;
            case FeatureTag.History:
                (string[] items, float[] weights) = ReadWeighted(ref reader);
                return new PointFeatures.History(items, weights);
            case FeatureTag.Sparse:
                (string[] names, float[] values) = ReadWeighted(ref reader);
                return new PointFeatures.Sparse(names, values);
            case FeatureTag.Text:
                return new PointFeatures.Text(reader.Text());
            case FeatureTag.Media:
                string contentType = reader.Text();
                return new PointFeatures.Media(reader.Bytes().ToArray(), contentType);
            default:
                throw new InvalidDataException($"features of kind {tag}");
        }
    }

    private static void WriteWeighted(ByteWriter writer, IReadOnlyList<string> names, IReadOnlyList<float> weights)
    {
        writer.Count(names.Count);
        foreach (string name in names) writer.Text(name);
        writer.Count(weights.Count);
        writer.Floats([.. weights]);
    }

    private static (string[] Names, float[] Weights) ReadWeighted(ref ByteReader reader)
    {
        string[] names = new string[reader.Count(1)];
        for (int i = 0; i < names.Length; i++) names[i] = reader.Text();
        float[] weights = new float[reader.Count(sizeof(float))];
        reader.Floats(weights);
        return (names, weights);
    }

    private static void WriteValue(ByteWriter writer, PayloadValue value)
    {
        writer.Byte((byte)value.Kind);
        switch (value.Kind)
        {
            case PayloadKind.Boolean:
                writer.Byte(value.AsBoolean ? (byte)1 : (byte)0);
                break;
            case PayloadKind.Integer:
                writer.Int64(value.AsInteger);
                break;
            case PayloadKind.Number:
                writer.Double(value.AsNumber);
                break;
            case PayloadKind.Text:
                writer.Text(value.AsText);
                break;
            case PayloadKind.Binary:
                writer.Bytes(value.AsBinary.Span);
                break;
            case PayloadKind.List:
                writer.Count(value.AsList.Count);
                foreach (PayloadValue item in value.AsList) WriteValue(writer, item);
                break;
            case PayloadKind.Geo:
                writer.Double(value.AsGeo.Latitude);
                writer.Double(value.AsGeo.Longitude);
                break;
            case PayloadKind.DateTime:
                writer.Int64(value.AsUnixMicroseconds);
                break;
        }
    }

    private static PayloadValue ReadValue(ref ByteReader reader, int depth)
    {
        PayloadKind kind = (PayloadKind)reader.Byte();
        switch (kind)
        {
            case PayloadKind.Null:
                return PayloadValue.Null;
            case PayloadKind.Boolean:
                return PayloadValue.From(reader.Byte() != 0);
            case PayloadKind.Integer:
                return PayloadValue.From(reader.Int64());
            case PayloadKind.Number:
                return PayloadValue.From(reader.Double());
            case PayloadKind.Text:
                return PayloadValue.From(reader.Text());
            case PayloadKind.Binary:
                return PayloadValue.From((ReadOnlyMemory<byte>)reader.Bytes().ToArray());
            case PayloadKind.List when depth < MaxDepth:
                PayloadValue[] items = new PayloadValue[reader.Count(1)];
                for (int i = 0; i < items.Length; i++) items[i] = ReadValue(ref reader, depth + 1);
                return PayloadValue.From(items);
            case PayloadKind.Geo:
                return PayloadValue.From(new GeoPoint(reader.Double(), reader.Double()));
            case PayloadKind.DateTime:
                return PayloadValue.FromUnixMicroseconds(reader.Int64());
            default:
                throw new InvalidDataException($"a payload value of kind {kind} at depth {depth}");
        }
    }
}
