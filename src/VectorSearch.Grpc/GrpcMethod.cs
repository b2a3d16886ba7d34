using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace VectorSearch.Grpc;

/// <summary>A method of a service: its name and kind, without its message types.</summary>
public abstract class GrpcMethod
{
    private protected GrpcMethod(MethodDescriptor descriptor, System.Type request, System.Type reply)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        CheckType(descriptor, "request", descriptor.InputType, request);
        CheckType(descriptor, "reply", descriptor.OutputType, reply);
        Descriptor = descriptor;
        ServiceName = descriptor.Service.FullName;
        Path = $"/{ServiceName}/{descriptor.Name}";
        Kind = (descriptor.IsClientStreaming, descriptor.IsServerStreaming) switch
        {
            (false, false) => GrpcMethodKind.Unary,
            (false, true) => GrpcMethodKind.ServerStream,
            (true, false) => GrpcMethodKind.ClientStream,
            (true, true) => GrpcMethodKind.Duplex,
        };
    }

    /// <summary>What the .proto file says of it.</summary>
    public MethodDescriptor Descriptor { get; }

    /// <summary>The service with its package, as <c>vectorsearch.v1.Points</c>.</summary>
    public string ServiceName { get; }

    /// <summary>The method without its service, as <c>Query</c>.</summary>
    public string Name => Descriptor.Name;

    /// <summary>The path of its requests, as <c>/vectorsearch.v1.Points/Query</c>.</summary>
    public string Path { get; }

    /// <summary>How many messages go each way.</summary>
    public GrpcMethodKind Kind { get; }

    /// <inheritdoc/>
    public override string ToString() => Path;

    internal static MethodDescriptor Find(ServiceDescriptor service, string name)
    {
        ArgumentNullException.ThrowIfNull(service);
        return service.FindMethodByName(name) ?? throw new ArgumentException(
            $"Service {service.FullName} has no method '{name}'; it has {string.Join(", ", service.Methods.Select(m => m.Name))}.", nameof(name));
    }

    internal void RequireKind(GrpcMethodKind expected)
    {
        if (Kind != expected) throw new ArgumentException($"{Path} is a {Kind} method and was used as a {expected} method.");
    }

    private static void CheckType(MethodDescriptor method, string role, MessageDescriptor declared, System.Type given)
    {
        if (declared.ClrType != given)
            throw new ArgumentException($"The {role} of {method.FullName} is {declared.ClrType}, not {given}.", role);
    }
}

/// <summary>
/// A typed method, made once from the descriptor of the generated code. Nothing is looked up by reflection when it is
/// called.
/// </summary>
/// <typeparam name="TRequest">The generated request message.</typeparam>
/// <typeparam name="TReply">The generated reply message.</typeparam>
public sealed class GrpcMethod<TRequest, TReply> : GrpcMethod
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    /// <summary>A method by its descriptor.</summary>
    /// <exception cref="ArgumentException">The message types are not those of the descriptor.</exception>
    public GrpcMethod(MethodDescriptor descriptor) : base(descriptor, typeof(TRequest), typeof(TReply))
    {
        RequestParser = (MessageParser<TRequest>)descriptor.InputType.Parser;
        ReplyParser = (MessageParser<TReply>)descriptor.OutputType.Parser;
    }

    /// <summary>A method by the name it has in its service.</summary>
    /// <exception cref="ArgumentException">The service has no such method, or its message types are others.</exception>
    public GrpcMethod(ServiceDescriptor service, string name) : this(Find(service, name))
    {
    }

    /// <summary>Reads requests.</summary>
    public MessageParser<TRequest> RequestParser { get; }

    /// <summary>Reads replies.</summary>
    public MessageParser<TReply> ReplyParser { get; }
}
