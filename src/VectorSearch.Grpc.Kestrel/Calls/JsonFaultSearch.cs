using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Looks for what in a JSON body does not fit its message, once the body was refused: protobuf's parser names neither the place
/// nor what it expected there. Each value is judged by that parser itself, so that nothing it takes is called wrong, and so
/// many values at most that a wrong body does not cost much more than a right one.
/// </summary>
internal sealed class JsonFaultSearch
{
    private const string Body = "body";
    private const int MaxShown = 60, MaxDepth = 256, MaxValues = 10_000;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    private int _left = MaxValues;

    private JsonFaultSearch()
    {
    }

    /// <summary>The first fault; null if none is found.</summary>
    internal static JsonFault? Find(string json, MessageDescriptor message)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Options);
            return new JsonFaultSearch().InMessage(document.RootElement, message, "");
        }
        catch (JsonException notJson)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"text that is not JSON in line {notJson.LineNumber + 1}, byte {notJson.BytePositionInLine}");
            return new JsonFault(Body, string.IsNullOrWhiteSpace(json) ? "nothing" : place, Object(message));
        }
    }

    private JsonFault? InMessage(JsonElement value, MessageDescriptor message, string path)
    {
        if (value.ValueKind != JsonValueKind.Object) return new JsonFault(path.Length == 0 ? Body : path, Shown(value), Object(message));
        Dictionary<OneofDescriptor, FieldDescriptor> chosen = [];
        foreach (JsonProperty property in value.EnumerateObject())
        {
            FieldDescriptor? field = message.Fields.InDeclarationOrder().FirstOrDefault(one => one.JsonName == property.Name || one.Name == property.Name);
            string at = path.Length == 0 ? "" : path + ".";
            if (field is null)
                return new JsonFault(at + Short(property.Name), $"a field that {message.Name} does not have", $"one of {string.Join(", ", message.Fields.InDeclarationOrder().Select(one => one.JsonName))}");
            at += field.Name;
            if (property.Value.ValueKind == JsonValueKind.Null) continue;
            if (field.RealContainingOneof is { } oneof && !chosen.TryAdd(oneof, field))
                return new JsonFault(at, $"a second one beside {chosen[oneof].Name}", $"only one of {string.Join(", ", oneof.Fields.Select(one => one.Name))}");
            if (InField(property.Value, field, at) is { } fault) return fault;
        }

        return null;
    }

    private JsonFault? InField(JsonElement value, FieldDescriptor field, string path)
    {
        string before = $"{{\"{field.JsonName}\":";
        if (field.IsMap)
        {
            if (value.ValueKind != JsonValueKind.Object) return new JsonFault(path, Shown(value), "an object");
            FieldDescriptor entry = field.MessageType.FindFieldByNumber(2);
            foreach (JsonProperty one in value.EnumerateObject())
            {
                if (InValue(one.Value, entry, $"{path}.{Short(one.Name)}", $"{before}{{{JsonSerializer.Serialize(one.Name)}:", "}}", field.ContainingType) is { } fault) return fault;
            }

            return null;
        }

        if (!field.IsRepeated) return InValue(value, field, path, before, "}", field.ContainingType);
        if (value.ValueKind != JsonValueKind.Array) return new JsonFault(path, Shown(value), "a list");
        int i = 0;
        foreach (JsonElement one in value.EnumerateArray())
        {
            if (InValue(one, field, string.Create(CultureInfo.InvariantCulture, $"{path}[{i++}]"), before + "[", "]}", field.ContainingType) is { } fault) return fault;
        }

        return null;
    }

    /// <summary>One value; if it has no parts it is parsed alone, in a message of its own.</summary>
    private JsonFault? InValue(JsonElement value, FieldDescriptor field, string path, string before, string after, MessageDescriptor message)
    {
        if (--_left < 0) return null;
        if (field.FieldType == FieldType.Message && !IsWellKnown(field.MessageType)) return InMessage(value, field.MessageType, path);
        try
        {
            JsonParser.Default.Parse(before + value.GetRawText() + after, message);
            return null;
        }
        catch (Exception refused) when (refused is InvalidProtocolBufferException or InvalidJsonException)
        {
            return new JsonFault(path, Shown(value), Expectation(field));
        }
    }

    private static string Expectation(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Bool => "true or false",
        FieldType.String => "text",
        FieldType.Bytes => "base64 text",
        FieldType.Float or FieldType.Double => "a number",
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => $"a whole number from {int.MinValue} to {int.MaxValue}",
        FieldType.UInt32 or FieldType.Fixed32 => $"a whole number from 0 to {uint.MaxValue}",
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => $"a whole number from {long.MinValue} to {long.MaxValue}",
        FieldType.UInt64 or FieldType.Fixed64 => $"a whole number from 0 to {ulong.MaxValue}",
        FieldType.Enum => $"one of {string.Join(", ", field.EnumType.Values.Select(value => value.Name))}",
        _ => field.MessageType.Name switch
        {
            "Duration" => "text of seconds, such as \"1.5s\"",
            "Timestamp" => "text such as \"2026-01-31T12:00:00Z\"",
            "FieldMask" => "text of paths, such as \"durability,hnsw.ef\"",
            _ => $"a {field.MessageType.FullName} in its JSON form",
        },
    };

    private static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => Short(value.GetRawText()),
    };

    private static string Short(string text) => text.Length > MaxShown ? text[..MaxShown] + "…" : text;

    private static string Object(MessageDescriptor message) => $"an object, {message.Name}";

    private static bool IsWellKnown(MessageDescriptor message) => message.File.Package == "google.protobuf";
}
