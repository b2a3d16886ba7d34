using System.Globalization;
using System.Text.Json;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Import;

/// <summary>
/// Points from a file with one JSON object a line: <c>{"id": 1 or "a", "vector": [0.1, …], "payload": {…}}</c>, or with
/// <c>"history": ["item", …]</c> or <c>"text": "…"</c> in place of the vector. Empty lines are passed over.
/// </summary>
internal static class JsonLinesSource
{
    /// <summary>Reads row after row; the file is never held whole.</summary>
    public static IEnumerable<ImportRow> Read(string path, RefuseRow refuse)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            ImportRow? row = null;
            try
            {
                row = Parse(line, new RowOrigin(path, number, IsLine: true));
            }
            catch (CliException fault)
            {
                refuse(fault.Message);
            }

            if (row is not null) yield return row;
        }
    }

    /// <summary>Payloads alone, one object a line.</summary>
    /// <exception cref="CliException">Names file, line and what is wrong.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, object?>> ReadPayloads(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            RowOrigin origin = new(path, ++number, IsLine: true);
            yield return Read(line, origin, root => JsonPayloads.Read(root, origin.ToString()));
        }
    }

    /// <exception cref="CliException">Names file, line and what is wrong.</exception>
    internal static ImportRow Parse(string line, RowOrigin at) => Read(line, at, root =>
    {
        string origin = at.ToString();
        if (root.ValueKind != JsonValueKind.Object) throw new CliException($"{origin}: a JSON {root.ValueKind}; expected an object with \"id\" and \"vector\".");
        IReadOnlyDictionary<string, object?>? payload = root.TryGetProperty("payload", out JsonElement fields) ? JsonPayloads.Read(fields, origin) : null;
        (float[]? vector, Features? features) = Source(root, origin);
        return new ImportRow(Id(root, origin), vector, features, payload, at);
    });

    private static T Read<T>(string line, RowOrigin origin, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return read(document.RootElement);
        }
        catch (JsonException notJson)
        {
            throw new CliException($"{origin}, column {(notJson.BytePositionInLine ?? 0) + 1}: not JSON. {notJson.Message}", notJson);
        }
    }

    private static string Id(JsonElement root, string origin)
    {
        if (!root.TryGetProperty("id", out JsonElement id)) throw new CliException($"{origin}: \"id\" is missing.");
        return id.ValueKind switch
        {
            JsonValueKind.String => id.GetString()!,
            JsonValueKind.Number when id.TryGetUInt64(out ulong number) => number.ToString(CultureInfo.InvariantCulture),
            _ => throw new CliException($"{origin}: \"id\" is {id.GetRawText()}; expected a string or a whole number from 0 to {ulong.MaxValue}."),
        };
    }

    private static (float[]? Vector, Features? Features) Source(JsonElement root, string origin)
    {
        if (root.TryGetProperty("vector", out JsonElement vector)) return (Vector(vector, origin), null);
        if (root.TryGetProperty("text", out JsonElement text) && text.ValueKind == JsonValueKind.String) return (null, new Features { Text = text.GetString() });
        if (root.TryGetProperty("history", out JsonElement history) && history.ValueKind == JsonValueKind.Array)
        {
            History items = new();
            foreach (JsonElement item in history.EnumerateArray()) items.Items.Add(item.ValueKind == JsonValueKind.String ? item.GetString() : item.GetRawText());
            return (null, new Features { History = items });
        }

        throw new CliException($"{origin}: expected one of \"vector\" (a list of numbers), \"history\" (a list of items) and \"text\" (a string).");
    }

    private static float[] Vector(JsonElement element, string origin)
    {
        if (element.ValueKind != JsonValueKind.Array) throw new CliException($"{origin}: \"vector\" is a JSON {element.ValueKind}; expected a list of numbers.");
        float[] values = new float[element.GetArrayLength()];
        int i = 0;
        foreach (JsonElement value in element.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.Number || !value.TryGetSingle(out values[i]) || !float.IsFinite(values[i]))
                throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{origin}: vector[{i}] is {value.GetRawText()}; expected a finite number."));
            i++;
        }

        return values;
    }
}
