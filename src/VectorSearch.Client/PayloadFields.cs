using System.Collections;
using Google.Protobuf;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Client;

/// <summary>
/// Payloads between CLR objects and messages. Null, bool, long (and smaller integers), double (and float), string, byte[],
/// lists of these, <see cref="GeoPoint"/> and <see cref="DateTimeOffset"/> (to the microsecond, UTC). Integers stay integers.
/// </summary>
internal static class PayloadFields
{
    public static Payload Write(IReadOnlyDictionary<string, object?>? fields)
    {
        Payload payload = new();
        foreach ((string name, object? value) in fields ?? new Dictionary<string, object?>()) payload.Fields.Add(name, Write(value, name));
        return payload;
    }

    public static IReadOnlyDictionary<string, object?> Read(Payload payload) =>
        payload.Fields.ToDictionary(field => field.Key, field => Read(field.Value));

    public static Value Write(object? value, string name) => value switch
    {
        null => new Value { Null = NullValue.NullValue },
        bool boolean => new Value { Boolean = boolean },
        long or int or uint or short or ushort or byte or sbyte => new Value { Integer = Convert.ToInt64(value, null) },
        double or float => new Value { Number = Convert.ToDouble(value, null) },
        string text => new Value { Text = text },
        byte[] bytes => new Value { Binary = ByteString.CopyFrom(bytes) },
        GeoPoint geo => new Value { Geo = new Protocol.V1.GeoPoint { Latitude = geo.Latitude, Longitude = geo.Longitude } },
        DateTimeOffset time => new Value { Datetime = (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond },
        IEnumerable list => new Value { List = new ListValue { Values = { list.Cast<object?>().Select(item => Write(item, name)) } } },
        _ => throw new ArgumentException(
            $"Payload field '{name}': {value.GetType()} came, expected null, bool, an integer up to long, double, string, byte[], a list, GeoPoint or DateTimeOffset."),
    };

    public static object? Read(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.Boolean => value.Boolean,
        Value.KindOneofCase.Integer => value.Integer,
        Value.KindOneofCase.Number => value.Number,
        Value.KindOneofCase.Text => value.Text,
        Value.KindOneofCase.Binary => value.Binary.ToByteArray(),
        Value.KindOneofCase.List => value.List.Values.Select(Read).ToArray(),
        Value.KindOneofCase.Geo => new GeoPoint(value.Geo.Latitude, value.Geo.Longitude),
        Value.KindOneofCase.Datetime => DateTimeOffset.UnixEpoch.AddTicks(checked(value.Datetime * TimeSpan.TicksPerMicrosecond)),
        _ => null,
    };
}
