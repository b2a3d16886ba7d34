using System.Globalization;
using Google.Protobuf;
using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>Payloads between messages and typed values. 64-bit integers stay integers.</summary>
internal static class PayloadMessages
{
    /// <summary>Reads the payloads of a write: null if none came, else one per point.</summary>
    /// <exception cref="VectorSearchException">There are some, but not one per point; or a value has no kind.</exception>
    public static IReadOnlyList<Payload?>? Read(IReadOnlyList<Proto.Payload> payloads, int points)
    {
        if (payloads.Count == 0) return null;
        if (payloads.Count != points)
            throw new VectorSearchException(ErrorCode.InvalidArgument, "payloads", Text(payloads.Count), $"none, or one for each of the {Text(points)} ids");
        Payload?[] read = new Payload?[points];
        for (int i = 0; i < points; i++) read[i] = Read(payloads[i], $"payloads[{Text(i)}]");
        return read;
    }

    /// <summary>Writes payloads beside their ids: only the named fields, or all if none is named.</summary>
    public static IEnumerable<Proto.Payload> Write(IReadOnlyList<Payload> payloads, IReadOnlyList<string>? only = null)
    {
        foreach (Payload payload in payloads)
        {
            Proto.Payload message = new();
            foreach ((string name, PayloadValue value) in payload.Fields)
            {
                if (only is null or { Count: 0 } || only.Contains(name)) message.Fields.Add(name, Write(value));
            }

            yield return message;
        }
    }

    /// <summary>Reads one payload; null if it is empty.</summary>
    public static Payload? Read(Proto.Payload payload, string field)
    {
        if (payload.Fields.Count == 0) return null;
        List<KeyValuePair<string, PayloadValue>> fields = new(payload.Fields.Count);
        foreach ((string name, Proto.Value value) in payload.Fields) fields.Add(new(name, Read(value, $"{field}.{name}")));
        return new Payload(fields);
    }

    /// <summary>Reads a value.</summary>
    /// <exception cref="VectorSearchException">It has no kind.</exception>
    public static PayloadValue Read(Proto.Value value, string field) => value.KindCase switch
    {
        Proto.Value.KindOneofCase.Null => PayloadValue.Null,
        Proto.Value.KindOneofCase.Boolean => PayloadValue.From(value.Boolean),
        Proto.Value.KindOneofCase.Integer => PayloadValue.From(value.Integer),
        Proto.Value.KindOneofCase.Number => PayloadValue.From(value.Number),
        Proto.Value.KindOneofCase.Text => PayloadValue.From(value.Text),
        Proto.Value.KindOneofCase.Binary => PayloadValue.From(value.Binary.Memory),
        Proto.Value.KindOneofCase.List => PayloadValue.From([.. value.List.Values.Select(item => Read(item, field))]),
        Proto.Value.KindOneofCase.Geo => PayloadValue.From(new GeoPoint(value.Geo.Latitude, value.Geo.Longitude)),
        Proto.Value.KindOneofCase.Datetime => PayloadValue.FromUnixMicroseconds(value.Datetime),
        _ => throw new VectorSearchException(ErrorCode.InvalidArgument, field, "a value without a kind", "one of null, boolean, integer, number, text, binary, list, geo, datetime"),
    };

    /// <summary>Writes a value.</summary>
    public static Proto.Value Write(PayloadValue value) => value.Kind switch
    {
        PayloadKind.Boolean => new Proto.Value { Boolean = value.AsBoolean },
        PayloadKind.Integer => new Proto.Value { Integer = value.AsInteger },
        PayloadKind.Number => new Proto.Value { Number = value.AsNumber },
        PayloadKind.Text => new Proto.Value { Text = value.AsText },
        PayloadKind.Binary => new Proto.Value { Binary = ByteString.CopyFrom(value.AsBinary.Span) },
        PayloadKind.List => new Proto.Value { List = new Proto.ListValue { Values = { value.AsList.Select(Write) } } },
        PayloadKind.Geo => new Proto.Value { Geo = new Proto.GeoPoint { Latitude = value.AsGeo.Latitude, Longitude = value.AsGeo.Longitude } },
        PayloadKind.DateTime => new Proto.Value { Datetime = value.AsUnixMicroseconds },
        _ => new Proto.Value { Null = Proto.NullValue.NullValue },
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
