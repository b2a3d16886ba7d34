using System.Globalization;
using System.Text.Json;

namespace VectorSearch.Client.Tests;

/// <summary>Vectors and payloads as cases.json writes them; its README has the forms.</summary>
internal static class ConformanceValues
{
    public static Vectors Vectors(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            return (float[][])[.. value.EnumerateArray().Select(row => row.EnumerateArray().Select(Number).ToArray())];

        JsonElement pattern = value.GetProperty("pattern");
        int rows = pattern.GetProperty("rows").GetInt32(), dim = pattern.GetProperty("dim").GetInt32();
        long first = pattern.GetProperty("first").GetInt64();
        float[] values = new float[rows * dim];
        for (int at = 0; at < values.Length; at++)
        {
            long i = first + at / dim, j = at % dim;
            values[at] = (float)(((7919 * i + 104729 * j + 31 * i * i * (j + 1)) % 2003 - 1001) / 1001.0);
        }

        return new Vectors(values, dim);
    }

    /// <summary>A model that lies beside the cases.</summary>
    public static string ModelFile(string name) => ConformanceTests.Find(Path.Combine("clients/conformance/models", name));

    public static IReadOnlyDictionary<string, object?>[] Payloads(JsonElement payloads) =>
        [.. payloads.EnumerateArray().Select(payload => payload.EnumerateObject().ToDictionary(field => field.Name, field => Value(field.Value)))];

    private static float Number(JsonElement number) =>
        number.ValueKind == JsonValueKind.String ? float.Parse(number.GetString()!, CultureInfo.InvariantCulture) : number.GetSingle();

    public static object? Value(JsonElement value)
    {
        JsonProperty kind = value.EnumerateObject().Single();
        return kind.Name switch
        {
            "boolean" => kind.Value.GetBoolean(),
            "integer" => long.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture),
            "number" => kind.Value.GetDouble(),
            "text" => kind.Value.GetString(),
            "binary" => Convert.FromHexString(kind.Value.GetString()!),
            "list" => kind.Value.EnumerateArray().Select(Value).ToArray(),
            "geo" => new GeoPoint(kind.Value[0].GetDouble(), kind.Value[1].GetDouble()),
            "datetime" => DateTimeOffset.UnixEpoch.AddTicks(long.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture) * TimeSpan.TicksPerMicrosecond),
            _ => null,
        };
    }
}
