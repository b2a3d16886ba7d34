using System.Text.Json;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>Payloads from JSON objects. Whole numbers that fit 64 bits stay integers; other numbers become floats.</summary>
internal static class JsonPayloads
{
    private const int MaxDepth = 8;

    /// <summary>Reads an object.</summary>
    /// <exception cref="CliException">It is not an object, or holds an object other than <c>{"lat":…,"lon":…}</c>.</exception>
    public static Payload Read(JsonElement element, string origin)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new CliException($"{origin}: \"payload\" is a JSON {element.ValueKind}; expected an object.");
        Payload payload = new();
        foreach (JsonProperty property in element.EnumerateObject()) payload.Fields[property.Name] = Value(property.Value, $"{origin}: payload.{property.Name}", depth: 0);
        return payload;
    }

    private static Value Value(JsonElement element, string place, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                return new Value { Null = NullValue.NullValue };
            case JsonValueKind.True or JsonValueKind.False:
                return new Value { Boolean = element.GetBoolean() };
            case JsonValueKind.Number:
                return element.TryGetInt64(out long integer) ? new Value { Integer = integer } : new Value { Number = element.GetDouble() };
            case JsonValueKind.String:
                return new Value { Text = element.GetString() };
            case JsonValueKind.Array when depth < MaxDepth:
                ListValue list = new();
                foreach (JsonElement item in element.EnumerateArray()) list.Values.Add(Value(item, place, depth + 1));
                return new Value { List = list };
            case JsonValueKind.Object when IsGeo(element, out GeoPoint? geo):
                return new Value { Geo = geo };
            default:
                throw new CliException($"{place} is a JSON {element.ValueKind} that a payload cannot hold; expected null, true, false, a number, a string, a list (at most {MaxDepth} deep) or {{\"lat\": …, \"lon\": …}}.");
        }
    }

    private static bool IsGeo(JsonElement element, out GeoPoint? geo)
    {
        geo = null;
        if (element.EnumerateObject().Count() != 2) return false;
        if (!element.TryGetProperty("lat", out JsonElement latitude) || !element.TryGetProperty("lon", out JsonElement longitude)) return false;
        if (latitude.ValueKind != JsonValueKind.Number || longitude.ValueKind != JsonValueKind.Number) return false;
        geo = new GeoPoint { Latitude = latitude.GetDouble(), Longitude = longitude.GetDouble() };
        return true;
    }
}
