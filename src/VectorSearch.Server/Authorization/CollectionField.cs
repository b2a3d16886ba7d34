using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace VectorSearch.Server.Authorization;

/// <summary>
/// Finds the collection that a method's request names: in its field <c>collection</c> (a name, or the collection itself),
/// in that of a part of it (the query to explain, the start of a stream), or in <c>name</c> where the service is about
/// collections.
/// </summary>
internal sealed class CollectionField
{
    private readonly FieldDescriptor[][] _paths;

    /// <summary>Looks for the field once for a method.</summary>
    public CollectionField(MethodDescriptor method)
    {
        MessageDescriptor request = method.InputType;
        _paths = Direct(request) is { } direct ? [direct]
            : method.Service.Name == "Collections" && request.FindFieldByName("name") is { FieldType: FieldType.String } name ? [[name]]
            : [.. Parts(request).Select(part => Direct(part.MessageType) is { } inner ? (FieldDescriptor[])[part, .. inner] : null).OfType<FieldDescriptor[]>()];
    }

    /// <summary>The collection that a request names; null if it names none.</summary>
    public string? Of(IMessage request)
    {
        foreach (FieldDescriptor[] path in _paths)
        {
            object? value = request;
            foreach (FieldDescriptor field in path) value = value is IMessage message ? field.Accessor.GetValue(message) : null;
            if (value is string { Length: > 0 } name) return name;
        }

        return null;
    }

    /// <summary>Names another collection where a request names one.</summary>
    public void Set(IMessage request, string collection)
    {
        foreach (FieldDescriptor[] path in _paths)
        {
            IMessage? owner = request;
            foreach (FieldDescriptor field in path[..^1]) owner = owner is null ? null : field.Accessor.GetValue(owner) as IMessage;
            if (owner is null || path[^1].Accessor.GetValue(owner) is not string { Length: > 0 }) continue;
            path[^1].Accessor.SetValue(owner, collection);
            return;
        }
    }

    private static IEnumerable<FieldDescriptor> Parts(MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().Where(field => field is { FieldType: FieldType.Message, IsRepeated: false });

    private static FieldDescriptor[]? Direct(MessageDescriptor message) => message.FindFieldByName("collection") switch
    {
        { FieldType: FieldType.String, IsRepeated: false } name => [name],
        { FieldType: FieldType.Message, IsRepeated: false } whole when whole.MessageType.FindFieldByName("name") is { FieldType: FieldType.String } name => [whole, name],
        _ => null,
    };
}
