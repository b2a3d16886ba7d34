using Google.Protobuf;
using Google.Protobuf.Reflection;
using VectorSearch.Grpc;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Interop.Server;

/// <summary>The service that gRPC's interop clients call, as their test descriptions ask for it.</summary>
public static class InteropService
{
    /// <summary>Metadata that comes back in the headers.</summary>
    public const string EchoInitial = "x-grpc-test-echo-initial";

    /// <summary>Metadata that comes back in the trailers.</summary>
    public const string EchoTrailing = "x-grpc-test-echo-trailing-bin";

    /// <summary>What the methods are.</summary>
    public static ServiceDescriptor Descriptor { get; } = TestReflection.Descriptor.FindTypeByName<ServiceDescriptor>("TestService");

    /// <summary>Adds the service to a server.</summary>
    public static GrpcServerBuilder Interop(this GrpcServerBuilder server) => server.Service(Descriptor, service => service
        .Unary<Empty, Empty>("EmptyCall", (request, call) => Task.FromResult(request))
        .Unary<SimpleRequest, SimpleResponse>("UnaryCall", UnaryAsync)
        .Unary<SimpleRequest, SimpleResponse>("CacheableUnaryCall", CacheableAsync)
        .ServerStream<StreamingOutputCallRequest, StreamingOutputCallResponse>("StreamingOutputCall", OutputAsync)
        .ClientStream<StreamingInputCallRequest, StreamingInputCallResponse>("StreamingInputCall", InputAsync)
        .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("FullDuplexCall", FullDuplexAsync)
        .Duplex<StreamingOutputCallRequest, StreamingOutputCallResponse>("HalfDuplexCall", HalfDuplexAsync));

    private static Task<SimpleResponse> UnaryAsync(SimpleRequest request, ServerCall call)
    {
        Echo(call);
        CheckCompression(request.ExpectCompressed, call);
        ThrowIfAsked(request.ResponseStatus);
        if (request.ResponseCompressed is { Value: true }) call.ResponseEncoding = GrpcEncoding.Gzip;
        return Task.FromResult(new SimpleResponse { Payload = Zeros(request.ResponseSize) });
    }

    private static Task<SimpleResponse> CacheableAsync(SimpleRequest request, ServerCall call)
    {
        call.ResponseHeaders.Add("cache-control", "max-age=60, public");
        return UnaryAsync(request, call);
    }

    private static async Task OutputAsync(
        StreamingOutputCallRequest request, MessageStreamWriter<StreamingOutputCallResponse> replies, ServerCall call)
    {
        Echo(call);
        if (request.ResponseParameters.Any(reply => reply.Compressed is { Value: true })) call.ResponseEncoding = GrpcEncoding.Gzip;
        await AnswerAsync(request, replies, call);
    }

    private static async Task<StreamingInputCallResponse> InputAsync(MessageStreamReader<StreamingInputCallRequest> requests, ServerCall call)
    {
        Echo(call);
        var reply = new StreamingInputCallResponse();
        await foreach (StreamingInputCallRequest request in requests)
        {
            CheckCompression(request.ExpectCompressed, call);
            reply.AggregatedPayloadSize += request.Payload?.Body.Length ?? 0;
        }

        return reply;
    }

    private static async Task FullDuplexAsync(
        MessageStreamReader<StreamingOutputCallRequest> requests, MessageStreamWriter<StreamingOutputCallResponse> replies, ServerCall call)
    {
        Echo(call);
        await foreach (StreamingOutputCallRequest request in requests) await AnswerAsync(request, replies, call);
    }

    private static async Task HalfDuplexAsync(
        MessageStreamReader<StreamingOutputCallRequest> requests, MessageStreamWriter<StreamingOutputCallResponse> replies, ServerCall call)
    {
        var all = new List<StreamingOutputCallRequest>();
        await foreach (StreamingOutputCallRequest request in requests) all.Add(request);
        foreach (StreamingOutputCallRequest request in all) await AnswerAsync(request, replies, call);
    }

    private static async Task AnswerAsync(
        StreamingOutputCallRequest request, MessageStreamWriter<StreamingOutputCallResponse> replies, ServerCall call)
    {
        ThrowIfAsked(request.ResponseStatus);
        foreach (ResponseParameters parameters in request.ResponseParameters)
        {
            if (parameters.IntervalUs > 0) await Task.Delay(TimeSpan.FromMicroseconds(parameters.IntervalUs), call.CancellationToken);
            await replies.WriteAsync(
                new StreamingOutputCallResponse { Payload = Zeros(parameters.Size) }, compress: parameters.Compressed is { Value: true });
        }
    }

    private static void Echo(ServerCall call)
    {
        if (call.RequestMetadata.GetValue(EchoInitial) is { } initial) call.ResponseHeaders.Add(EchoInitial, initial);
        if (call.RequestMetadata.GetBytes(EchoTrailing) is { } trailing) call.ResponseTrailers.Add(EchoTrailing, trailing);
    }

    private static void CheckCompression(BoolValue? expected, ServerCall call)
    {
        if (expected is { } wanted && wanted.Value != call.IsRequestCompressed)
        {
            throw new RpcException(GrpcStatusCode.InvalidArgument,
                $"The message came {(call.IsRequestCompressed ? "compressed" : "plain")}, and it says that it is not.");
        }
    }

    private static void ThrowIfAsked(EchoStatus? status)
    {
        if (status is { Code: not 0 }) throw new RpcException((GrpcStatusCode)status.Code, status.Message);
    }

    private static Payload Zeros(int size) => size >= 0
        ? new Payload { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) }
        : throw new RpcException(GrpcStatusCode.InvalidArgument, $"A payload cannot have {size} bytes.");
}
