using Google.Protobuf;
using Google.Protobuf.Reflection;
using VectorSearch.Grpc.Kestrel.ReflectionModel;
using Alpha = VectorSearch.Grpc.Kestrel.ReflectionAlphaModel;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// The standard reflection service in both versions in use, <c>grpc.reflection.v1</c> and <c>v1alpha</c>, which differ in
/// their names only.
/// </summary>
internal sealed class ReflectionService(GrpcServerBuilder server)
{
    // Services may be added after this one, so the index is made when the first question comes.
    private readonly Lazy<DescriptorIndex> _index = new(() => new DescriptorIndex(server.Services));

    internal void Add()
    {
        server.Service(ReflectionReflection.Descriptor.Services[0], service => service
            .Duplex<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", AnswerAsync));
        server.Service(Alpha.ReflectionReflection.Descriptor.Services[0], service => service
            .Duplex<Alpha.ServerReflectionRequest, Alpha.ServerReflectionResponse>("ServerReflectionInfo", AnswerAlphaAsync));
    }

    private async Task AnswerAsync(
        MessageStreamReader<ServerReflectionRequest> requests, MessageStreamWriter<ServerReflectionResponse> replies, ServerCall call)
    {
        await foreach (ServerReflectionRequest request in requests) await replies.WriteAsync(Answer(request));
    }

    private async Task AnswerAlphaAsync(
        MessageStreamReader<Alpha.ServerReflectionRequest> requests, MessageStreamWriter<Alpha.ServerReflectionResponse> replies, ServerCall call)
    {
        await foreach (Alpha.ServerReflectionRequest request in requests)
        {
            ServerReflectionResponse reply = Answer(ServerReflectionRequest.Parser.ParseFrom(request.ToByteString()));
            await replies.WriteAsync(Alpha.ServerReflectionResponse.Parser.ParseFrom(reply.ToByteString()));
        }
    }

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var reply = new ServerReflectionResponse { ValidHost = request.Host, OriginalRequest = request };
        DescriptorIndex index = _index.Value;
        switch (request.MessageRequestCase)
        {
            case ServerReflectionRequest.MessageRequestOneofCase.ListServices:
                reply.ListServicesResponse = new ListServiceResponse
                {
                    Service = { index.ServiceNames.Select(name => new ServiceResponse { Name = name }) },
                };
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileByFilename:
                SetFile(reply, index.FindFile(request.FileByFilename), $"file '{request.FileByFilename}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingSymbol:
                SetFile(reply, index.FindSymbol(request.FileContainingSymbol), $"symbol '{request.FileContainingSymbol}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.FileContainingExtension:
                ExtensionRequest extension = request.FileContainingExtension;
                SetFile(reply, index.FindExtension(extension.ContainingType, extension.ExtensionNumber),
                    $"extension {extension.ExtensionNumber} of '{extension.ContainingType}'");
                break;
            case ServerReflectionRequest.MessageRequestOneofCase.AllExtensionNumbersOfType:
                SetExtensionNumbers(reply, index, request.AllExtensionNumbersOfType);
                break;
            default:
                SetError(reply, GrpcStatusCode.InvalidArgument, "The request asks for nothing that this server knows.");
                break;
        }

        return reply;
    }

    private static void SetFile(ServerReflectionResponse reply, FileDescriptor? file, string what)
    {
        if (file is null) SetError(reply, GrpcStatusCode.NotFound, $"This server has no {what}.");
        else reply.FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { DescriptorIndex.WithImports(file) } };
    }

    private static void SetExtensionNumbers(ServerReflectionResponse reply, DescriptorIndex index, string type)
    {
        if (!index.HasMessage(type))
        {
            SetError(reply, GrpcStatusCode.NotFound, $"This server has no message '{type}'.");
            return;
        }

        reply.AllExtensionNumbersResponse = new ExtensionNumberResponse
        {
            BaseTypeName = type,
            ExtensionNumber = { index.ExtensionNumbers(type) },
        };
    }

    private static void SetError(ServerReflectionResponse reply, GrpcStatusCode code, string message) =>
        reply.ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message };
}
