using Google.Protobuf.Reflection;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>What of a protobuf API a client depends on, as lines: one for each method, field and enum value.</summary>
internal static class ProtoShape
{
    /// <summary>The lines of some files, in ordinal order.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<FileDescriptor> files)
    {
        List<string> lines = [];
        foreach (FileDescriptor file in files)
        {
            foreach (ServiceDescriptor service in file.Services)
            {
                foreach (MethodDescriptor method in service.Methods)
                    lines.Add($"rpc {method.FullName} ({Stream(method.IsClientStreaming)}{method.InputType.FullName}) ({Stream(method.IsServerStreaming)}{method.OutputType.FullName})");
            }

            foreach (MessageDescriptor message in file.MessageTypes) Add(message, lines);
            foreach (EnumDescriptor values in file.EnumTypes) Add(values, lines);
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;

        static string Stream(bool isStream) => isStream ? "stream " : "";
    }

    /// <summary>Lines that clients depend on and that are there no more: what is removed, renumbered, renamed or of another type.</summary>
    public static IReadOnlyList<string> Broken(IEnumerable<string> old, IEnumerable<string> now)
    {
        HashSet<string> kept = [.. now];
        return [.. old.Where(line => line.Length > 0 && !kept.Contains(line))];
    }

    private static void Add(MessageDescriptor message, List<string> lines)
    {
        foreach (FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            string type = field.FieldType switch
            {
                FieldType.Message => field.MessageType.FullName,
                FieldType.Enum => field.EnumType.FullName,
                _ => field.FieldType.ToString().ToLowerInvariant(),
            };
            string label = field.IsMap ? "map " : field.IsRepeated ? "repeated " : field.HasPresence && field.FieldType != FieldType.Message ? "optional " : "";
            string oneof = field.RealContainingOneof is { } group ? $" in {group.Name}" : "";
            lines.Add($"field {message.FullName} {field.FieldNumber} {field.Name} ({field.JsonName}) {label}{type}{oneof}");
        }

        foreach (MessageDescriptor inner in message.NestedTypes) Add(inner, lines);
        foreach (EnumDescriptor inner in message.EnumTypes) Add(inner, lines);
    }

    private static void Add(EnumDescriptor values, List<string> lines)
    {
        foreach (EnumValueDescriptor value in values.Values) lines.Add($"value {values.FullName} {value.Number} {value.Name}");
    }
}
