using System.Collections;
using System.Globalization;
using System.Text.Json;
using VectorSearch.Client;

namespace VectorSearch.Cli.Import;

/// <summary>
/// Payloads in JSON. Whole numbers without a point that fit 64 bits are integers, other numbers floats. What JSON has no word
/// for is an object: <c>{"lat": …, "lon": …}</c>, <c>{"datetime": "2026-01-31T12:00:00.000001Z"}</c>, <c>{"bytes": "base64"}</c>,
/// <c>{"number": "NaN"}</c>. What <see cref="Write"/> writes, <see cref="Read"/> reads to the same values.
/// </summary>
internal static class JsonPayloads
{
    private const int MaxDepth = 8;
    private const string TimeForm = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

    /// <summary>Reads an object.</summary>
    /// <exception cref="CliException">It is not an object, or holds an object that is none of the forms above.</exception>
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
            case JsonValueKind.Object when Special(element) is { } special:
                return special;
            default:
                throw new CliException($"{place} is a JSON {element.ValueKind} that a payload cannot hold; expected null, true, false, a number, a string, a list (at most {MaxDepth} deep) or one of {{\"lat\": …, \"lon\": …}}, {{\"datetime\": …}}, {{\"bytes\": …}}, {{\"number\": …}}.");
        }
    }

    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyDictionary<string, object?> payload)
    {
        json.WriteStartObject();
        foreach ((string name, object? value) in payload)
        {
            json.WritePropertyName(name);
            WriteValue(json, value);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a value of a payload.</summary>
    public static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool boolean:
                json.WriteBooleanValue(boolean);
                break;
            case long integer:
                json.WriteNumberValue(integer);
                break;
            case double number when double.IsFinite(number):
                string digits = number.ToString("R", CultureInfo.InvariantCulture);
                json.WriteRawValue(digits.AsSpan().ContainsAny('.', 'E') ? digits : digits + ".0");
                break;
            case double number:
                WriteSpecial(json, "number", number.ToString(CultureInfo.InvariantCulture));
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case byte[] bytes:
                WriteSpecial(json, "bytes", Convert.ToBase64String(bytes));
                break;
            case GeoPoint geo:
                json.WriteStartObject();
                json.WriteNumber("lat", geo.Latitude);
                json.WriteNumber("lon", geo.Longitude);
                json.WriteEndObject();
                break;
            case DateTimeOffset time:
                WriteSpecial(json, "datetime", time.UtcDateTime.ToString(TimeForm, CultureInfo.InvariantCulture));
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (object? item in list) WriteValue(json, item);
                json.WriteEndArray();
                break;
            default:
                throw new InvalidOperationException($"A payload cannot hold {value.GetType()}.");
        }
    }

    private static void WriteSpecial(Utf8JsonWriter json, string kind, string value)
    {
        json.WriteStartObject();
        json.WriteString(kind, value);
        json.WriteEndObject();
    }

    private static object? Special(JsonElement element)
    {
        if (element.EnumerateObject().Count() != 1) return null;
        JsonProperty only = element.EnumerateObject().First();
        if (only.Value.ValueKind != JsonValueKind.String) return null;
        string text = only.Value.GetString()!;
        return only.Name switch
        {
            "datetime" when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) => time,
            "bytes" when only.Value.TryGetBytesFromBase64(out byte[]? bytes) => bytes,
            "number" when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => null,
        };
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
