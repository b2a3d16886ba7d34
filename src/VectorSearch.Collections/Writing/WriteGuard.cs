using System.Text;
using VectorSearch.Index;

namespace VectorSearch.Collections;

/// <summary>Checks a write before anything is done: what passes here is applied without a fault.</summary>
internal sealed class WriteGuard(CollectionDefinition definition)
{
    /// <exception cref="VectorSearchException">The space is another than the collection's.</exception>
    public void CheckSpace(Numerics.SpaceId space)
    {
        if (space.IsEmpty || space == definition.Space) return;
        throw new VectorSearchException(
            ErrorCode.FailedPrecondition,
            $"space_id: the caller speaks of space {space}, the collection '{definition.Name}' holds space {definition.Space}. " +
            "Embed with the collection's model, or choose the collection of your space.");
    }

    public static void CheckRequestId(string? requestId)
    {
        if (requestId is not null && !CollectionLimits.RequestIdLength.Allows(requestId.Length))
            throw VectorSearchException.Invalid("request_id", $"{requestId.Length} characters", $"{CollectionLimits.RequestIdLength} characters");
    }

    public void CheckIds(IReadOnlyList<PointId> ids, string field)
    {
        if (!CollectionLimits.BatchPoints.Allows(ids.Count))
            throw VectorSearchException.Invalid(field, $"{ids.Count} ids", $"{CollectionLimits.BatchPoints} ids");
        for (int i = 0; i < ids.Count; i++) CheckId(ids[i], $"{field}[{i}]");
    }

    public void CheckId(PointId id, string field)
    {
        if (id.Kind != definition.IdKind)
            throw VectorSearchException.Invalid(field, $"the {Name(id.Kind)} {id}", $"a {Name(definition.IdKind)}, as all ids of '{definition.Name}'");
        if (id.Kind == IdKind.Number) return;
        int bytes = Encoding.UTF8.GetByteCount(id.Text);
        if (!CollectionLimits.IdBytes.Allows(bytes)) throw VectorSearchException.Invalid(field, $"{bytes} bytes", $"{CollectionLimits.IdBytes} UTF-8 bytes");
        if (HasLoneSurrogate(id.Text)) throw VectorSearchException.Invalid(field, "a text with half a surrogate pair", "Unicode text");
    }

    public void CheckVectors(ReadOnlySpan<float> vectors, int rows, string field)
    {
        if (vectors.Length != (long)rows * definition.Dimension)
        {
            throw VectorSearchException.Invalid(
                field, Shape(vectors.Length, rows), $"{rows} rows of {definition.Dimension} numbers, the dimension of '{definition.Name}'");
        }

        for (int i = 0; i < rows; i++)
        {
            string? fault = VectorGuard.FindFault(vectors.Slice(i * definition.Dimension, definition.Dimension), definition.Dimension, definition.Metric);
            if (fault is not null) throw new VectorSearchException(ErrorCode.InvalidArgument, $"{field}[{i}]: {fault}");
        }
    }

    public static void CheckRows(int count, int rows, string field)
    {
        if (count != rows) throw VectorSearchException.Invalid(field, $"{count} rows", $"one per id, {rows}");
    }

    public static void CheckPayload(Payload? payload, string field)
    {
        if (payload is null) return;
        if (!CollectionLimits.PayloadFields.Allows(payload.Fields.Count))
            throw VectorSearchException.Invalid(field, $"{payload.Fields.Count} fields", $"{CollectionLimits.PayloadFields} fields");
        foreach ((string name, PayloadValue value) in payload.Fields)
        {
            int bytes = Encoding.UTF8.GetByteCount(name);
            if (!CollectionLimits.FieldNameBytes.Allows(bytes))
                throw VectorSearchException.Invalid($"{field}.{name}", $"a name of {bytes} bytes", $"{CollectionLimits.FieldNameBytes} bytes");
            CheckValue(value, $"{field}.{name}", 0);
        }
    }

    public static void CheckAttachment(int bytes, bool hasFeatures, string field)
    {
        long most = MaxAttachment(hasFeatures);
        if (bytes > most) throw VectorSearchException.Invalid(field, $"{bytes} bytes of payload and features", $"at most {most} bytes");
    }

    /// <summary>Whether a point may have this payload.</summary>
    public static bool Fits(Payload payload, int attachmentBytes, bool hasFeatures) =>
        CollectionLimits.PayloadFields.Allows(payload.Fields.Count) && attachmentBytes <= MaxAttachment(hasFeatures);

    /// <exception cref="VectorSearchException">The change is wrong in itself.</exception>
    public static void CheckChange(PayloadChange change, string field)
    {
        switch (change)
        {
            case PayloadChange.Set { Fields: var fields }:
                CheckPayload(fields, $"{field}.set");
                CheckAttachment(PointCodec.WriteAttachment(null, fields).Length, false, $"{field}.set");
                break;
            case PayloadChange.Replace { Payload: var payload }:
                CheckPayload(payload, $"{field}.replace");
                CheckAttachment(PointCodec.WriteAttachment(null, payload).Length, false, $"{field}.replace");
                break;
            case PayloadChange.Remove { Names.Count: 0 }:
                throw VectorSearchException.Invalid($"{field}.remove", "no name", "at least one");
        }
    }

    private static long MaxAttachment(bool hasFeatures) => CollectionLimits.PayloadBytes.Max + (hasFeatures ? CollectionLimits.FeatureBytes.Max : 0);

    private static void CheckValue(PayloadValue value, string field, int depth)
    {
        switch (value.Kind)
        {
            case PayloadKind.Geo when !value.AsGeo.IsValid:
                throw VectorSearchException.Invalid(field, value.ToString(), "latitude -90 to 90 and longitude -180 to 180");
            case PayloadKind.List when depth == CollectionLimits.PayloadDepth.Max:
                throw VectorSearchException.Invalid(field, "a deeper list", $"lists within lists up to {CollectionLimits.PayloadDepth.Max} deep");
            case PayloadKind.List:
                foreach (PayloadValue item in value.AsList) CheckValue(item, field, depth + 1);
                break;
            case PayloadKind.Text when HasLoneSurrogate(value.AsText):
                throw VectorSearchException.Invalid(field, "a text with half a surrogate pair", "Unicode text");
        }
    }

    private static string Shape(int numbers, int rows) =>
        rows > 0 && numbers % rows == 0 ? $"{rows} rows of {numbers / rows} numbers" : $"{numbers} numbers for {rows} rows";

    private static string Name(IdKind kind) => kind == IdKind.Number ? "number" : "text";

    private static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }

        return false;
    }
}
