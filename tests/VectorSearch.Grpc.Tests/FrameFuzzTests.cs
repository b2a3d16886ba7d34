using Google.Protobuf;
using VectorSearch.Interop.Testing;
using VectorSearch.Testing;

namespace VectorSearch.Grpc.Tests;

public class FrameFuzzTests
{
    private static readonly string[] Encodings = ["identity", "gzip"];

    [Fact]
    public async Task Whatever_a_body_is_the_call_ends_with_a_status_and_the_server_lives()
    {
        Random random = TestSeed.Random();
        await using TestServer server = await TestServer.StartAsync();
        byte[][] corpus = Corpus();
        int calls = TestScale.Pick(400, 40_000);
        for (int i = 0; i < calls; i++)
        {
            byte[] body = Mutate(corpus[random.Next(corpus.Length)], random);
            string path = random.Next(2) == 0 ? TestServer.UnaryCall.Path : TestServer.InputCall.Path;
            RawResponse response = await server.PostAsync(path, body, headers: ("grpc-encoding", Encodings[random.Next(2)]));
            Assert.True(
                response.Code is GrpcStatusCode.Ok or GrpcStatusCode.Internal or GrpcStatusCode.ResourceExhausted or GrpcStatusCode.InvalidArgument,
                $"call {i}, {TestSeed.Describe}: status {response.GrpcStatus} for {Convert.ToHexString(body)}");
        }

        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    private static byte[][] Corpus()
    {
        var request = TestServer.Request(payload: 40, replySize: 10);
        using var compressed = new PooledBuffer();
        MessageFrame.Write(compressed, request, compress: true, int.MaxValue);
        return
        [
            TestServer.Frame(new Empty()),
            TestServer.Frame(request),
            [.. TestServer.Frame(request), .. TestServer.Frame(request)],
            compressed.WrittenSpan.ToArray(),
            TestServer.Frame(new StreamingInputCallRequest { Payload = new Payload { Body = ByteString.CopyFromUtf8("film") } }),
        ];
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var body = new List<byte>(seed);
        for (int edits = random.Next(4); edits > 0 && body.Count > 0; edits--)
        {
            int at = random.Next(body.Count);
            switch (random.Next(5))
            {
                case 0:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    body[at] = (byte)random.Next(256);
                    break;
                case 2:
                    body.RemoveRange(at, random.Next(body.Count - at));
                    break;
                case 3:
                    body.InsertRange(at, body.GetRange(at, random.Next(body.Count - at)));
                    break;
                default:
                    // The length field of the first frame.
                    if (body.Count >= MessageFrame.PrefixSize) body[1 + random.Next(4)] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. body];
    }
}
