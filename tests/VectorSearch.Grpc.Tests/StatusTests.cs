using Duration = Google.Protobuf.WellKnownTypes.Duration;
using VectorSearch.Grpc.ErrorModel;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class StatusTests
{
    private const string Special = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈 100%\t\n";

    [Fact]
    public async Task A_handler_chooses_code_and_message()
    {
        await using TestServer server = await TestServer.StartAsync();
        var request = new SimpleRequest { ResponseStatus = new EchoStatus { Code = 2, Message = Special } };
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, request));
        Assert.Equal(new GrpcStatus(GrpcStatusCode.Unknown, Special), fault.Status);
    }

    [Fact]
    public async Task A_status_after_replies_comes_in_the_trailers()
    {
        await using TestServer server = await TestServer.StartAsync();
        using DuplexCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = server.Channel.Duplex(TestServer.DuplexCall);
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseParameters = { new ResponseParameters { Size = 3 } } });
        Assert.NotNull(await call.ReadAsync());
        await call.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = new EchoStatus { Code = 9, Message = "later" } });
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () => await call.ReadAsync());
        Assert.Equal(new GrpcStatus(GrpcStatusCode.FailedPrecondition, "later"), fault.Status);
    }

    [Fact]
    public async Task Details_reach_the_caller()
    {
        GrpcStatus sent = new GrpcStatus(GrpcStatusCode.InvalidArgument, "wrong dimension").WithDetails(
            new ErrorInfo { Reason = "DIMENSION_MISMATCH", Domain = "vectorsearch", Metadata = { ["expected"] = "64" } },
            new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "queries[2].vector", Description = "has 63" } } },
            new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)) });
        await using TestServer server = await TestServer.StartUnaryAsync((_, _) => throw new RpcException(sent));

        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest()));

        Assert.Equal(sent, fault.Status);
        Assert.True(fault.Status.TryGetDetail(out ErrorInfo? info));
        Assert.Equal("64", info.Metadata["expected"]);
        Assert.True(fault.Status.TryGetDetail(out BadRequest? bad));
        Assert.Equal("queries[2].vector", bad.FieldViolations[0].Field);
        Assert.True(fault.Status.TryGetDetail(out RetryInfo? retry));
        Assert.Equal(2, retry.RetryDelay.Seconds);
        Assert.False(fault.Status.TryGetDetail(out QuotaFailure? _));
    }

    [Fact]
    public async Task An_unknown_exception_keeps_its_text_to_itself()
    {
        await using TestServer server = await TestServer.StartUnaryAsync((_, _) => throw new InvalidOperationException("secret path /etc"));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest()));
        Assert.Equal(GrpcStatusCode.Unknown, fault.Code);
        Assert.DoesNotContain("secret", fault.Status.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", fault.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_mapping_names_its_own_exceptions()
    {
        var options = new GrpcServerOptions
        {
            ExceptionMapper = fault => fault is KeyNotFoundException ? new GrpcStatus(GrpcStatusCode.NotFound, fault.Message) : null,
        };
        await using TestServer server = await TestServer.StartUnaryAsync((_, _) => throw new KeyNotFoundException("no film 7"), options);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest()));
        Assert.Equal(new GrpcStatus(GrpcStatusCode.NotFound, "no film 7"), fault.Status);
    }

    [Fact]
    public async Task A_mapping_that_throws_is_no_worse_than_none()
    {
        var options = new GrpcServerOptions { ExceptionMapper = _ => throw new InvalidOperationException("mapper") };
        await using TestServer server = await TestServer.StartUnaryAsync((_, _) => throw new KeyNotFoundException(), options);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => server.Channel.UnaryAsync(TestServer.UnaryCall, new SimpleRequest()));
        Assert.Equal(GrpcStatusCode.Unknown, fault.Code);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using var channel = new GrpcChannel(new Uri("http://127.0.0.1:1"));
        RpcException fault = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(TestServer.EmptyCall, new Empty()));
        Assert.Equal(GrpcStatusCode.Unavailable, fault.Code);
    }

    [Fact]
    public async Task A_refused_client_stream_tells_its_status_to_the_writer()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Service(TestServer.Service, service => service
            .ClientStream<StreamingInputCallRequest, StreamingInputCallResponse>(
                "StreamingInputCall", (_, _) => throw new RpcException(GrpcStatusCode.PermissionDenied, "read only"))));
        using ClientStreamCall<StreamingInputCallRequest, StreamingInputCallResponse> call = server.Channel.ClientStream(TestServer.InputCall);
        RpcException fault = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true) await call.WriteAsync(new StreamingInputCallRequest { Payload = TestServer.Request(10_000).Payload });
        });
        Assert.Equal(new GrpcStatus(GrpcStatusCode.PermissionDenied, "read only"), fault.Status);
    }
}
