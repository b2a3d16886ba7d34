using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class CodecTests
{
    [Fact]
    public void A_message_of_any_text_survives_percent_encoding() => Prop.ForAll<string?>(text =>
    {
        // Half a surrogate pair has no UTF-8 form; it becomes U+FFFD on the way.
        string sent = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text ?? ""));
        string encoded = PercentCodec.Encode(sent);
        return PercentCodec.Decode(encoded) == sent && encoded.All(c => c is >= ' ' and <= '~');
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Percent_decoding_takes_whatever_comes() =>
        Prop.ForAll<string?>(text => PercentCodec.Decode(text ?? "") is not null).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("%E2%98%BA", "☺")]
    [InlineData("%e2%98%ba", "☺")]
    public void Percent_decoding_leaves_what_is_no_escape(string encoded, string decoded) => Assert.Equal(decoded, PercentCodec.Decode(encoded));

    [Fact]
    public void A_timeout_is_never_written_shorter_than_it_is() => Prop.ForAll<long>(seed =>
    {
        TimeSpan timeout = TimeSpan.FromTicks(Math.Abs(seed % GrpcTimeout.Max.Ticks) + 1);
        string text = GrpcTimeout.Format(timeout);
        return GrpcTimeout.TryParse(text, out TimeSpan read) && read >= timeout && text.Length <= GrpcTimeout.MaxDigits + 1
            && (read - timeout).Ticks <= Math.Max(TimeSpan.TicksPerMicrosecond, timeout.Ticks / 1000);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Timeout_parsing_takes_whatever_comes() =>
        Prop.ForAll<string?>(text => GrpcTimeout.TryParse(text ?? "", out _) || true).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("1u", 10)]
    [InlineData("20m", 200_000)]
    [InlineData("3S", 30_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("0S", 0)]
    public void Each_unit_is_read(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out TimeSpan timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Fact]
    public void Bytes_survive_as_a_binary_header() => Prop.ForAll<byte[]?>(bytes =>
    {
        string text = BinaryHeader.Encode(bytes ?? []);
        return !text.Contains('=', StringComparison.Ordinal)
            && BinaryHeader.Decode(text).AsSpan().SequenceEqual(bytes ?? [])
            && BinaryHeader.Decode(Convert.ToBase64String(bytes ?? [])).AsSpan().SequenceEqual(bytes ?? []);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_message_survives_its_frame_however_the_bytes_are_cut() => Prop.ForAll<byte[]?, bool, int>((body, compress, cut) =>
    {
        var message = new Payload { Body = ByteString.CopyFrom(body ?? []) };
        using var frame = new PooledBuffer();
        MessageFrame.Write(frame, message, compress, int.MaxValue);
        var pipe = new System.IO.Pipelines.Pipe();
        int at = (int)((uint)cut % (uint)(frame.WrittenCount + 1));
        Feed(pipe.Writer, frame.WrittenMemory[..at]);
        using var reader = new MessageReader(pipe.Reader, GrpcEncoding.Gzip, MessageReaderLimits.ForCaller(int.MaxValue));
        ValueTask<Payload> read = reader.ReadSingleAsync(Payload.Parser, CancellationToken.None);
        Feed(pipe.Writer, frame.WrittenMemory[at..]);
        pipe.Writer.Complete();
        return read.AsTask().GetAwaiter().GetResult().Equals(message) && reader.WasCompressed == compress;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_prefix_takes_whatever_comes() => Prop.ForAll<byte[]?>(bytes =>
    {
        try
        {
            bool complete = MessageFrame.TryReadPrefix(new ReadOnlySequence<byte>(bytes ?? []), 1000, out MessageFrame.Prefix prefix);
            return !complete || prefix.Length <= 1000;
        }
        catch (RpcException fault)
        {
            return fault.Code is GrpcStatusCode.Internal or GrpcStatusCode.ResourceExhausted;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_status_survives_its_headers() => Prop.ForAll<int, string?, byte[]?>((code, message, details) =>
    {
        var sent = new GrpcStatus((GrpcStatusCode)((uint)code % 17), System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(message ?? "")))
        {
            Details = ByteString.CopyFrom(details ?? []),
        };
        return StatusHeaders.Parse(
            StatusHeaders.CodeText(sent.Code), PercentCodec.Encode(sent.Message), BinaryHeader.Encode(sent.Details.Span)) == sent;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_code_that_is_not_known_is_unknown() =>
        Assert.Equal(new GrpcStatus(GrpcStatusCode.Unknown, "m"), StatusHeaders.Parse("99", "m", "not base64!"));

    private static void Feed(System.IO.Pipelines.PipeWriter writer, ReadOnlyMemory<byte> bytes)
    {
        writer.Write(bytes.Span);
        writer.FlushAsync().AsTask().GetAwaiter().GetResult();
    }
}
