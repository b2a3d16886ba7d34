using System.Text.Json;
using VectorSearch.Client;

namespace VectorSearch.Cli.Import;

/// <summary>Payloads from JSON objects. Whole numbers that fit 64 bits stay integers; other numbers become floats.</summary>
internal static class JsonPayloads
{
    private const int MaxDepth = 8;

    /// <summary>Reads an object.</summary>
    /// <exception cref="CliException">It is not an object, or holds an object other than <c>{"lat":…,"lon":…}</c>.</exception>
    public static IReadOnlyDictionary<string, object?> Read(JsonElement element, string origin)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new CliException($"{origin}: \"payload\" is a JSON {element.ValueKind}; expected an object.");
        Dictionary<string, object?> payload = new(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject()) payload[property.Name] = Value(property.Value, $"{origin}: payload.{property.Name}", depth: 0);
        return payload;
    }

    private static object? Value(JsonElement element, string place, int depth)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            case JsonValueKind.Number:
                return element.TryGetInt64(out long integer) ? (object)integer : element.GetDouble();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Array when depth < MaxDepth:
                return element.EnumerateArray().Select(item => Value(item, place, depth + 1)).ToList();
            case JsonValueKind.Object when IsGeo(element, out GeoPoint geo):
                return geo;
            default:
                throw new CliException($"{place} is a JSON {element.ValueKind} that a payload cannot hold; expected null, true, false, a number, a string, a list (at most {MaxDepth} deep) or {{\"lat\": …, \"lon\": …}}.");
        }
    }

    private static bool IsGeo(JsonElement element, out GeoPoint geo)
    {
        geo = default;
        if (element.EnumerateObject().Count() != 2) return false;
        if (!element.TryGetProperty("lat", out JsonElement latitude) || !element.TryGetProperty("lon", out JsonElement longitude)) return false;
        if (latitude.ValueKind != JsonValueKind.Number || longitude.ValueKind != JsonValueKind.Number) return false;
        geo = new GeoPoint(latitude.GetDouble(), longitude.GetDouble());
        return true;
    }
}
