using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Google.Protobuf;
using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;
using VectorSearch.Server.Overload;
using VectorSearch.Server.Tests.Contract;

namespace VectorSearch.Server.Tests.Overload;

/// <summary>Callers that do not read what they asked for.</summary>
public sealed class UnreadReplyTests
{
    private const int Dimension = 4096, Points = 50;

    [Fact]
    public async Task Replies_that_nobody_reads_keep_nobody_from_being_answered()
    {
        await using JsonServer server = await JsonServer.StartAsync(new ServerOptions { MaxConcurrentReads = 1, MaxUnwrittenReplyMegabytes = 1 });
        using VectorSearchClient client = new(server.GrpcAddress, new VectorSearchClientOptions { Retry = RetryPolicy.None });
        await client.Collections.CreateAsync(new Collection { Name = "c", Dimension = Dimension, Metric = Metric.SquaredEuclidean, SpaceId = "client:test@1", IdKind = IdKind.Number });
        ulong[] ids = [.. Enumerable.Range(0, Points).Select(id => (ulong)id)];
        await client.Points("c").UpsertAsync(ids, new Vectors(new float[Points * Dimension], Dimension));
        using HttpClient careless = new();

        // 0.8 MB, which the window of a stream does not hold: its call is over and its reply is not.
        using (HttpResponseMessage unread = await AskAndLeaveAsync(careless, server.GrpcAddress, ids))
        {
            while (await GaugeAsync(server, "vectorsearch_replies_unwritten") == 0) await Task.Yield();
            QueryRequest query = new() { Collection = "c", Vectors = new Matrix { Data = ByteString.CopyFrom(new byte[Dimension * sizeof(float)]), Dim = Dimension, Rows = 1 }, Limit = 3 };
            using GrpcChannel channel = new(server.GrpcAddress);
            GrpcMethod<QueryRequest, QueryReply> method = new(PointsReflection.Descriptor.Services[0], "Query");
            Assert.Equal(3, (await channel.UnaryAsync(method, query)).Ids.Numbers.Count);
            Assert.True(await GaugeAsync(server, "vectorsearch_replies_unwritten") > 0);

            // A second such reply would be more than there may be, whoever asks.
            GrpcMethod<GetRequest, GetReply> get = new(PointsReflection.Descriptor.Services[0], "Get");
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(get, Everything(ids)));
            Assert.Equal(GrpcStatusCode.ResourceExhausted, refused.Status.Code);
        }

        while (await GaugeAsync(server, "vectorsearch_replies_unwritten") > 0) await Task.Yield();
        Assert.Equal(Points, (await client.Points("c").GetAsync(ids, withVectors: true)).Count);
    }

    [Fact]
    public void Small_replies_do_not_count_and_a_reply_beyond_the_limit_may_be_the_only_one()
    {
        const int Great = UnwrittenReplies.Buffered + 1;
        UnwrittenReplies replies = new(2 * Great);
        for (int i = 0; i < 100; i++) Assert.True(replies.TryHold(UnwrittenReplies.Buffered));
        Assert.True(replies.TryHold(3 * Great));
        Assert.False(replies.TryHold(Great));
        Assert.True(replies.TryHold(UnwrittenReplies.Buffered));
        replies.Release(UnwrittenReplies.Buffered);
        replies.Release(3 * Great);
        Assert.Equal(0, replies.Bytes);
        Assert.True(replies.TryHold(Great));
        Assert.True(replies.TryHold(Great));
        Assert.False(replies.TryHold(Great));
        Assert.Equal(2 * Great, replies.Bytes);
    }

    private static GetRequest Everything(ulong[] ids) => new() { Collection = "c", Ids = new IdColumn { Numbers = { ids } }, WithVectors = true };

    private static async Task<HttpResponseMessage> AskAndLeaveAsync(HttpClient caller, Uri server, ulong[] ids)
    {
        byte[] message = Everything(ids).ToByteArray();
        byte[] frame = [0, .. new byte[4], .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server, "/vectorsearch.v1.Points/Get"))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        return await caller.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<double> GaugeAsync(JsonServer server, string name)
    {
        string text = (await server.GetAsync("metrics")).Text;
        return double.Parse(Line(name).Match(text).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static Regex Line(string name) => new($"^{name}\\S* (\\S+)$", RegexOptions.Multiline, TimeSpan.FromSeconds(10));
}
