using System.Buffers;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// The Connect form of unary calls: the request's body is the message, as JSON or protobuf, and so is the reply's; an
/// error is an HTTP status with a JSON body. What curl and browsers speak without a library.
/// </summary>
internal sealed class ConnectProtocol : CallProtocol
{
    internal const string JsonContentType = "application/json";
    internal const string ProtoContentType = "application/proto";

    internal static readonly ConnectProtocol Json = new(isJson: true);
    internal static readonly ConnectProtocol Proto = new(isJson: false);

    private const string TimeoutHeader = "connect-timeout-ms";
    private const string TrailerPrefix = "trailer-";
    private const int MaxTimeoutDigits = 10;

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    private readonly bool _isJson;

    private ConnectProtocol(bool isJson) => _isJson = isJson;

    internal override void Begin(ServerCall call)
    {
        IHeaderDictionary headers = call.Http.Request.Headers;
        BodyLimits.LeaveToMessages(call);
        ReadTimeout(call, headers[TimeoutHeader]);
        call.AcceptsGzip = EncodingNames.AcceptsGzip(headers.AcceptEncoding.ToString());
        if (!EncodingNames.TryParse(headers.ContentEncoding.ToString(), out GrpcEncoding encoding))
        {
            call.Http.Response.Headers.AcceptEncoding = EncodingNames.Accepted;
            throw new RpcException(GrpcStatusCode.Unimplemented, $"This server reads the content encodings {EncodingNames.Accepted}.");
        }

        call.RequestEncoding = encoding;
        RequestHeaders.CheckBinaryMetadata(call);
    }

    internal override ValueTask<T> ReadSingleAsync<T>(ServerCall call, MessageParser<T> parser)
    {
        int maxSize = call.Limits.MaxMessageSize;
        return WholeBody.ReadAsync(call, maxSize, body =>
        {
            if (call.RequestEncoding == GrpcEncoding.Identity) return Parse(body, call.Method, parser);
            using PooledBuffer inflated = GzipCodec.Inflate(body, maxSize);
            return Parse(new ReadOnlySequence<byte>(inflated.WrittenMemory), call.Method, parser);
        });
    }

    internal override void WriteHeaders(ServerCall call)
    {
        IHeaderDictionary response = call.Http.Response.Headers;
        if (call.ResponseHeadersOrNull is { } headers) ResponseMetadata.Append(response, headers);
        if (!call.HasResponseTrailers) return;
        foreach (GrpcMetadataEntry entry in call.ResponseTrailers) response.Append(TrailerPrefix + entry.Name, entry.Value);
    }

    internal override async ValueTask WriteMessageAsync(ServerCall call, IMessage message, bool compress)
    {
        // Made before the response starts: a reply that is too large must still be able to become an error.
        byte[] body = _isJson ? Encoding.UTF8.GetBytes(Formatter.Format(message)) : message.ToByteArray();
        if (body.Length > call.Options.MaxSendMessageSize)
            throw MessageFrame.TooLarge(body.Length.ToString(CultureInfo.InvariantCulture), call.Options.MaxSendMessageSize, "to send");
        HttpResponse response = call.Http.Response;
        response.ContentType = _isJson ? JsonContentType : ProtoContentType;
        if (compress)
        {
            body = GzipCodec.Deflate(body);
            response.Headers.ContentEncoding = EncodingNames.Gzip;
        }

        response.ContentLength = body.Length;
        await call.StartResponseAsync();
        response.BodyWriter.Write(body);
    }

    internal override ValueTask EndAsync(ServerCall call, GrpcStatus status)
    {
        HttpResponse response = call.Http.Response;
        if (response.HasStarted) return new ValueTask(response.CompleteAsync());
        WriteHeaders(call);
        return ConnectError.WriteAsync(response, status);
    }

    private T Parse<T>(in ReadOnlySequence<byte> body, GrpcMethod method, MessageParser<T> parser) where T : class, IMessage<T>
    {
        string json = _isJson ? Encoding.UTF8.GetString(body) : "";
        try
        {
            return _isJson ? (T)Parser.Parse(json, method.Descriptor.InputType) : parser.ParseFrom(body);
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or InvalidJsonException)
        {
            MessageDescriptor message = method.Descriptor.InputType;
            GrpcStatus? told = _isJson ? JsonFaultSearch.Find(json, message)?.ToStatus(message) : null;
            throw new RpcException(told ?? new GrpcStatus(GrpcStatusCode.InvalidArgument, $"The body is not a valid {message.Name}: {fault.Message}"), null, fault);
        }
    }

    private static void ReadTimeout(ServerCall call, StringValues header)
    {
        if (StringValues.IsNullOrEmpty(header))
        {
            call.StartClock(null);
            return;
        }

        string text = header.ToString();
        if (text.Length > MaxTimeoutDigits || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds))
            throw new RpcException(GrpcStatusCode.InvalidArgument, $"{TimeoutHeader} must be 1 to {MaxTimeoutDigits} digits.");
        call.StartClock(TimeSpan.FromMilliseconds(Math.Min(milliseconds, GrpcTimeout.Max.TotalMilliseconds)));
    }
}
