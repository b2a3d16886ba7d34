using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// gRPC-Web: gRPC for browsers, which see no trailers. Over HTTP/1.1 and 2; the status is a last frame of the body, with
/// the flag 0x80 and the trailers as lines of text. The text form is base64 of the same.
/// </summary>
internal sealed class GrpcWebProtocol : CallProtocol
{
    internal const string BinaryContentType = "application/grpc-web";
    internal const string TextContentType = "application/grpc-web-text";

    internal static readonly GrpcWebProtocol Binary = new(isText: false);
    internal static readonly GrpcWebProtocol Text = new(isText: true);

    private const byte TrailersFlag = 0x80;

    private readonly bool _isText;

    private GrpcWebProtocol(bool isText) => _isText = isText;

    internal override void Begin(ServerCall call)
    {
        HttpContext http = call.Http;
        http.Response.Headers.ContentType = (_isText ? TextContentType : BinaryContentType) + "+proto";
        if (call.Method.Kind is GrpcMethodKind.ClientStream or GrpcMethodKind.Duplex)
            throw new RpcException(GrpcStatusCode.Unimplemented, $"{call.Method.Path} takes a stream of messages, which gRPC-Web cannot send.");
        BodyLimits.LeaveToMessages(call);
        RequestHeaders.ReadTimeout(call);
        GrpcEncoding encoding = RequestHeaders.ReadEncoding(call);
        if (!_isText) call.Reader = new MessageReader(http.Request.BodyReader, encoding, call.Limits);
        else call.RequestEncoding = encoding;
        RequestHeaders.CheckBinaryMetadata(call);
    }

    internal override async ValueTask<T> ReadSingleAsync<T>(ServerCall call, MessageParser<T> parser)
    {
        if (_isText)
        {
            // Browsers send one message, so the text is decoded as a whole; base64 has four characters for three bytes.
            long maxText = ((long)call.Limits.MaxMessageSize + MessageFrame.PrefixSize + 2) / 3 * 4;
            ReadOnlySequence<byte> body = await WholeBody.ReadAsync(call, (int)Math.Min(maxText, Array.MaxLength), Decode);
            call.Reader = new MessageReader(PipeReader.Create(body), call.RequestEncoding, call.Limits);
        }

        return await base.ReadSingleAsync(call, parser);
    }

    internal override void WriteHeaders(ServerCall call) => GrpcProtocol.WriteFramedHeaders(call);

    internal override async ValueTask WriteMessageAsync(ServerCall call, IMessage message, bool compress)
    {
        if (!_isText)
        {
            await base.WriteMessageAsync(call, message, compress);
            return;
        }

        using var frame = new PooledBuffer();
        MessageFrame.Write(frame, message, compress, call.Options.MaxSendMessageSize);
        if (!call.Http.Response.HasStarted) await call.StartResponseAsync();
        WriteBase64(call.Http.Response.BodyWriter, frame.WrittenSpan);
    }

    internal override async ValueTask EndAsync(ServerCall call, GrpcStatus status)
    {
        HttpResponse response = call.Http.Response;
        // Browsers read headers of other origins only if CORS exposes them, so the status is in the body even when no
        // message is.
        var trailers = new HeaderDictionary();
        ResponseMetadata.AppendStatus(trailers, status);
        if (call.HasResponseTrailers) ResponseMetadata.Append(trailers, call.ResponseTrailers);
        if (!response.HasStarted) await call.StartResponseAsync();
        byte[] frame = TrailersFrame(trailers);
        if (_isText) WriteBase64(response.BodyWriter, frame);
        else response.BodyWriter.Write(frame);
        await response.CompleteAsync();
    }

    private static byte[] TrailersFrame(HeaderDictionary trailers)
    {
        var text = new StringBuilder();
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in trailers)
        {
            foreach (string? value in values) text.Append(name.ToLowerInvariant()).Append(':').Append(value).Append("\r\n");
        }

        byte[] lines = Encoding.ASCII.GetBytes(text.ToString());
        return [TrailersFlag, (byte)(lines.Length >> 24), (byte)(lines.Length >> 16), (byte)(lines.Length >> 8), (byte)lines.Length, .. lines];
    }

    private static void WriteBase64(PipeWriter target, ReadOnlySpan<byte> bytes)
    {
        Span<byte> text = target.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, text, out _, out int written);
        target.Advance(written);
    }

    /// <summary>Decodes base64 that may have been padded and begun anew at any group of four characters.</summary>
    private static ReadOnlySequence<byte> Decode(ReadOnlySequence<byte> body)
    {
        byte[] text = body.ToArray();
        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        int read = 0, written = 0;
        while (read < text.Length)
        {
            int padding = text.AsSpan(read).IndexOf((byte)'=');
            int end = padding < 0 ? text.Length : Math.Min(text.Length, (read + padding + 4) / 4 * 4);
            OperationStatus status = Base64.DecodeFromUtf8(text.AsSpan(read..end), decoded.AsSpan(written), out int consumed, out int produced);
            if (status != OperationStatus.Done || consumed == 0)
                throw new RpcException(GrpcStatusCode.Internal, "The body of a grpc-web-text request is not base64.");
            read += consumed;
            written += produced;
        }

        return new ReadOnlySequence<byte>(decoded, 0, written);
    }
}
