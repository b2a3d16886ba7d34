using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>The .proto files behind a server's services, by name and by what they declare. Made once at start.</summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Type, int Number), FileDescriptor> _extensions = [];

    internal DescriptorIndex(IReadOnlyList<ServiceDescriptor> services)
    {
        ServiceNames = [.. services.Select(service => service.FullName).Order(StringComparer.Ordinal)];
        foreach (ServiceDescriptor service in services) Add(service.File);
    }

    internal IReadOnlyList<string> ServiceNames { get; }

    internal FileDescriptor? FindFile(string name) => _files.GetValueOrDefault(name);

    internal FileDescriptor? FindSymbol(string name) => _symbols.GetValueOrDefault(name);

    internal FileDescriptor? FindExtension(string type, int number) => _extensions.GetValueOrDefault((type, number));

    internal bool HasMessage(string type) => _symbols.TryGetValue(type, out FileDescriptor? file) && Messages(file).Any(m => m.FullName == type);

    internal IEnumerable<int> ExtensionNumbers(string type) => _extensions.Keys.Where(key => key.Type == type).Select(key => key.Number).Order();

    /// <summary>A file and all that it imports, each once, itself first.</summary>
    internal static IReadOnlyList<ByteString> WithImports(FileDescriptor file)
    {
        var found = new List<FileDescriptor> { file };
        for (int i = 0; i < found.Count; i++)
        {
            foreach (FileDescriptor import in found[i].Dependencies)
            {
                if (!found.Exists(known => known.Name == import.Name)) found.Add(import);
            }
        }

        return [.. found.Select(one => one.SerializedData)];
    }

    private void Add(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file)) return;
        foreach (MessageDescriptor message in Messages(file))
        {
            _symbols[message.FullName] = file;
            foreach (FieldDescriptor field in message.Fields.InDeclarationOrder()) _symbols[field.FullName] = file;
            foreach (OneofDescriptor oneof in message.Oneofs) _symbols[oneof.FullName] = file;
            foreach (EnumDescriptor one in message.EnumTypes) AddEnum(one, file);
            foreach (FieldDescriptor extension in message.Extensions.UnorderedExtensions) AddExtension(extension, file);
        }

        foreach (EnumDescriptor one in file.EnumTypes) AddEnum(one, file);
        foreach (FieldDescriptor extension in file.Extensions.UnorderedExtensions) AddExtension(extension, file);
        foreach (ServiceDescriptor service in file.Services)
        {
            _symbols[service.FullName] = file;
            foreach (MethodDescriptor method in service.Methods) _symbols[method.FullName] = file;
        }

        foreach (FileDescriptor import in file.Dependencies) Add(import);
    }

    private void AddEnum(EnumDescriptor one, FileDescriptor file)
    {
        _symbols[one.FullName] = file;
        foreach (EnumValueDescriptor value in one.Values) _symbols[value.FullName] = file;
    }

    private void AddExtension(FieldDescriptor extension, FileDescriptor file)
    {
        _symbols[extension.FullName] = file;
        _extensions[(extension.ExtendeeType.FullName, extension.FieldNumber)] = file;
    }

    private static IEnumerable<MessageDescriptor> Messages(FileDescriptor file) => file.MessageTypes.SelectMany(WithNested);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) =>
        message.NestedTypes.SelectMany(WithNested).Prepend(message);
}
