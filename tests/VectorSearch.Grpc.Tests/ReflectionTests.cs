using Google.Protobuf;
using Google.Protobuf.Reflection;
using VectorSearch.Grpc.Kestrel.ReflectionModel;
using VectorSearch.Interop.Server;
using Alpha = VectorSearch.Grpc.Kestrel.ReflectionAlphaModel;

namespace VectorSearch.Grpc.Tests;

public class ReflectionTests
{
    private static readonly GrpcMethod<ServerReflectionRequest, ServerReflectionResponse> Info =
        new(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    private static readonly GrpcMethod<Alpha.ServerReflectionRequest, Alpha.ServerReflectionResponse> AlphaInfo =
        new(Alpha.ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    [Fact]
    public async Task Services_are_listed_also_those_added_after_it()
    {
        ServerReflectionResponse reply = await AskAsync(new ServerReflectionRequest { ListServices = "*" });
        Assert.Equal(
            ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection", "grpc.testing.TestService"],
            reply.ListServicesResponse.Service.Select(service => service.Name));
    }

    [Theory]
    [InlineData("grpc.testing.TestService")]
    [InlineData("grpc.testing.TestService.UnaryCall")]
    public async Task A_symbols_file_comes_with_all_that_it_imports(string symbol)
    {
        ServerReflectionResponse reply = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        string[] files = [.. reply.FileDescriptorResponse.FileDescriptorProto.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name)];
        Assert.Equal("grpc/testing/test.proto", files[0]);
        Assert.Contains("grpc/testing/messages.proto", files);
        Assert.Contains("grpc/testing/empty.proto", files);
        // What it gives is enough to build the service again.
        Assert.NotEmpty(FileDescriptor.BuildFromByteStrings(reply.FileDescriptorResponse.FileDescriptorProto.Reverse()));
    }

    [Fact]
    public async Task A_file_is_found_by_its_name()
    {
        ServerReflectionResponse reply = await AskAsync(new ServerReflectionRequest { FileByFilename = "grpc/testing/messages.proto" });
        Assert.Equal(
            Interop.Testing.MessagesReflection.Descriptor.SerializedData, Assert.Single(reply.FileDescriptorResponse.FileDescriptorProto));
    }

    [Fact]
    public async Task What_is_not_there_is_an_error_in_the_reply_and_the_stream_goes_on()
    {
        await using TestServer server = await StartAsync();
        using DuplexCall<ServerReflectionRequest, ServerReflectionResponse> call = server.Channel.Duplex(Info);
        ServerReflectionRequest[] requests =
        [
            new() { FileByFilename = "no.proto" },
            new() { FileContainingSymbol = "no.Symbol" },
            new() { FileContainingExtension = new ExtensionRequest { ContainingType = "no.Message", ExtensionNumber = 1 } },
            new() { AllExtensionNumbersOfType = "no.Message" },
        ];
        foreach (ServerReflectionRequest request in requests)
        {
            await call.WriteAsync(request);
            ServerReflectionResponse reply = (await call.ReadAsync())!;
            Assert.Equal((int)GrpcStatusCode.NotFound, reply.ErrorResponse.ErrorCode);
            Assert.Equal(request, reply.OriginalRequest);
        }

        await call.WriteAsync(new ServerReflectionRequest());
        Assert.Equal((int)GrpcStatusCode.InvalidArgument, (await call.ReadAsync())!.ErrorResponse.ErrorCode);
        await call.WriteAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "grpc.testing.Payload" });
        Assert.Empty((await call.ReadAsync())!.AllExtensionNumbersResponse.ExtensionNumber);
    }

    [Fact]
    public async Task The_older_version_answers_the_same()
    {
        await using TestServer server = await StartAsync();
        using DuplexCall<Alpha.ServerReflectionRequest, Alpha.ServerReflectionResponse> call = server.Channel.Duplex(AlphaInfo);
        await call.WriteAsync(new Alpha.ServerReflectionRequest { FileContainingSymbol = "grpc.testing.TestService" });
        ServerReflectionResponse reply = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "grpc.testing.TestService" });
        Assert.Equal(reply.ToByteString(), (await call.ReadAsync())!.ToByteString());
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(grpc => grpc.Reflection().Interop());

    private static async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        await using TestServer server = await StartAsync();
        using DuplexCall<ServerReflectionRequest, ServerReflectionResponse> call = server.Channel.Duplex(Info);
        await call.WriteAsync(request);
        return (await call.ReadAsync())!;
    }
}
