using VectorSearch.Client;
using VectorSearch.Grpc;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Tests.Contract;

/// <summary>The stream of writes: acknowledgements, order, refusals, flow control, and what is left after broken connections.</summary>
public sealed class IngestTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly GrpcMethod<IngestRequest, IngestReply> Ingest = new(PointsReflection.Descriptor.Services[0], "Ingest");

    private static ulong[] Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(id => (ulong)id)];

    private static float[][] Rows(ulong[] ids, float y = 0) => [.. ids.Select(id => new float[] { id, y })];

    private static IngestRequest Start(string collection, string session) => new() { Start = new IngestStart { Collection = collection, Session = session } };

    private static IngestRequest Batch(ulong sequence, ulong id, float y = 0) => new()
    {
        Batch = new IngestBatch
        {
            Sequence = sequence,
            Ids = new IdColumn { Numbers = { id } },
            Vectors = new Matrix { Dim = 2, Rows = 1, Data = Google.Protobuf.ByteString.CopyFrom([.. BitConverter.GetBytes((float)id), .. BitConverter.GetBytes(y)]) },
        },
    };

    [Fact]
    public async Task Batches_are_done_in_order_and_acknowledged_once_each()
    {
        await server.CreateAsync("stream");
        PointsClient points = server.Client.Points("stream");
        await using IngestStream stream = points.OpenIngest();
        for (int i = 0; i < 200; i++) await stream.WriteAsync(Ids(i * 10, 10), Rows(Ids(i * 10, 10)), [.. Ids(i * 10, 10).Select(id => new Dictionary<string, object?> { ["n"] = (long)id })]);
        await stream.DeleteAsync(Ids(0, 5));
        await stream.WriteAsync(Ids(3, 1), Rows(Ids(3, 1), y: 9));
        IngestSummary summary = await stream.CompleteAsync();
        Assert.Equal((2006, 0), (summary.Rows, summary.Refused.Count));
        Assert.Equal(1996, await points.CountAsync());
        Point back = Assert.Single(await points.GetAsync(Ids(3, 1), withVectors: true));
        Assert.Equal([3, 9], back.Vector.ToArray());
        Assert.Empty(back.Payload!);
    }

    [Fact]
    public async Task A_wrong_batch_is_refused_by_itself_and_the_others_are_done()
    {
        await server.CreateAsync("refusing");
        PointsClient points = server.Client.Points("refusing");
        await using IngestStream stream = points.OpenIngest();
        await stream.WriteAsync(Ids(1, 2), Rows(Ids(1, 2)));
        await stream.WriteAsync(Ids(3, 1), new float[][] { [float.NaN, 0] });
        await stream.WriteAsync("text", new float[] { 1, 1 });
        await stream.WriteAsync(Ids(4, 1), Rows(Ids(4, 1)));
        IngestSummary summary = await stream.CompleteAsync();
        Assert.Equal(3, summary.Rows);
        Assert.Equal(["3", "text"], summary.Refused.Select(refused => Assert.Single(refused.Ids).ToString()));
        Assert.All(summary.Refused, refused => Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Code));
        Assert.Equal(3, await points.CountAsync());
    }

    [Fact]
    public async Task A_stream_whose_connections_are_cut_again_and_again_writes_everything_once()
    {
        await server.CreateAsync("cut");
        // 60 batches are at least 97,000 bytes, and a connection passes at most 8,192 more than it is cut after:
        // five cuts come about however little is sent twice.
        await using CuttableProxy proxy = new(server.GrpcAddress) { CutEvery = 10_000 };
        using VectorSearchClient client = new(proxy.Address, new VectorSearchClientOptions { Retry = new RetryPolicy { FirstPause = TimeSpan.FromMilliseconds(1), MaxPause = TimeSpan.FromMilliseconds(20), Attempts = 50 } });
        await using IngestStream stream = client.Points("cut").OpenIngest();
        const int batches = 60;
        for (int i = 0; i < batches; i++)
        {
            // Every batch moves the same hundred points on and adds one: order and number of doings can be seen.
            ulong[] ids = [.. Ids(0, 100), (ulong)(1000 + i)];
            await stream.WriteAsync(ids, Rows(ids, y: i));
        }

        IngestSummary summary = await stream.CompleteAsync();
        Assert.True(proxy.Cuts > 3, $"{proxy.Cuts} cuts");
        Assert.True(stream.Reconnections >= 3, $"{stream.Reconnections} reconnections");
        Assert.Equal((batches * 101, 0), (summary.Rows, summary.Refused.Count));
        PointsClient points = server.Client.Points("cut");
        Assert.Equal(100 + batches, await points.CountAsync());
        foreach (Point point in await points.GetAsync(Ids(0, 100), withVectors: true)) Assert.Equal(batches - 1, point.Vector.Span[1]);

        // Each batch is one record of the log, done once: the numbers of the log say so.
        Collection collection = await server.Client.Collections.GetAsync("cut");
        Assert.Equal((ulong)batches, collection.Status.Lsn);
    }

    [Fact]
    public async Task A_session_is_resumed_where_it_stopped_and_a_batch_that_was_done_is_not_done_again()
    {
        await server.CreateAsync("resumed");
        using (DuplexCall<IngestRequest, IngestReply> first = server.Channel.Duplex(Ingest))
        {
            await first.WriteAsync(Start("resumed", "upload-1"));
            Assert.Equal(0UL, (await first.ReadAsync())!.Started.AcknowledgedThrough);
            await first.WriteAsync(Batch(1, 1));
            await first.WriteAsync(Batch(2, 2));
            ulong through = 0;
            while (through < 2) through = (await first.ReadAsync())!.Acknowledged.Through;
        } // gone without an end

        using DuplexCall<IngestRequest, IngestReply> second = server.Channel.Duplex(Ingest);
        await second.WriteAsync(Start("resumed", "upload-1"));
        IngestStarted started = (await second.ReadAsync())!.Started;
        Assert.Equal((2UL, 0), (started.AcknowledgedThrough, started.Missing.Count));
        await second.WriteAsync(Batch(2, 2, y: 5)); // done before: acknowledged, not done
        await second.WriteAsync(Batch(3, 3));
        second.Complete();
        ulong last = 0;
        while (await second.ReadAsync() is { } reply) last = reply.Acknowledged.Through;
        Assert.Equal(3UL, last);
        Assert.Equal((float[])[2, 0], Assert.Single(await server.Client.Points("resumed").GetAsync(2UL, withVectors: true)).Vector.ToArray());
        Assert.Equal(3UL, (await server.Client.Collections.GetAsync("resumed")).Status.Lsn);
    }

    [Fact]
    public async Task What_a_session_lacks_is_told()
    {
        await server.CreateAsync("lacking");
        using (DuplexCall<IngestRequest, IngestReply> first = server.Channel.Duplex(Ingest))
        {
            await first.WriteAsync(Start("lacking", "s"));
            await first.WriteAsync(Batch(1, 1));
            await first.WriteAsync(Batch(2, 2, y: float.NaN));
            await first.WriteAsync(Batch(3, 3));
            first.Complete();
            List<IngestReply> replies = [];
            while (await first.ReadAsync() is { } reply) replies.Add(reply);
            Assert.Equal(2UL, Assert.Single(replies, reply => reply.StepCase == IngestReply.StepOneofCase.Refused).Refused.Sequence);
        }

        using DuplexCall<IngestRequest, IngestReply> second = server.Channel.Duplex(Ingest);
        await second.WriteAsync(Start("lacking", "s"));
        IngestStarted started = (await second.ReadAsync())!.Started;
        Assert.Equal(3UL, started.AcknowledgedThrough);
        Assert.Equal([2UL], started.Missing);
        await second.WriteAsync(Batch(2, 2));
        second.Complete();
        while (await second.ReadAsync() is { } reply) Assert.Equal(IngestReply.StepOneofCase.Acknowledged, reply.StepCase);
        Assert.Equal(3, await server.Client.Points("lacking").CountAsync());
    }

    [Theory]
    [InlineData("no start")]
    [InlineData("bad session")]
    [InlineData("gap")]
    [InlineData("start twice")]
    [InlineData("no collection")]
    [InlineData("other space")]
    public async Task A_stream_that_does_not_keep_the_form_is_ended_with_a_word_why(string fault)
    {
        string name = "form-" + fault.Replace(' ', '-');
        await server.CreateAsync(name);
        using DuplexCall<IngestRequest, IngestReply> call = server.Channel.Duplex(Ingest);
        IngestRequest start = Start(fault == "no collection" ? "none" : name, fault == "bad session" ? "a b" : "s");
        if (fault == "other space") start.Start.Context = new RequestContext { SpaceId = "client:other@1" };
        if (fault != "no start") await call.WriteAsync(start);
        if (fault is "gap" or "start twice") await call.WriteAsync(fault == "gap" ? Batch(2, 1) : start);
        if (fault == "no start") await call.WriteAsync(Batch(1, 1));
        RpcException ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ReadAsync() is not null)
            {
                // started
            }
        });
        (GrpcStatusCode Code, string Word) expected = fault switch
        {
            "no collection" => (GrpcStatusCode.NotFound, "none"),
            "other space" => (GrpcStatusCode.FailedPrecondition, "client:other@1"),
            "bad session" => (GrpcStatusCode.InvalidArgument, "session"),
            "gap" => (GrpcStatusCode.InvalidArgument, "batch.sequence"),
            _ => (GrpcStatusCode.InvalidArgument, "step"),
        };
        Assert.Equal(expected.Code, ended.Status.Code);
        Assert.Contains(expected.Word, ended.Status.Message, StringComparison.Ordinal);
        Assert.Equal(0, await server.Client.Points(name).CountAsync());
    }

    [Fact]
    public async Task No_more_batches_are_taken_than_may_be_under_way()
    {
        await server.CreateAsync("flow");
        PointsClient points = server.Client.Points("flow");
        await using IngestStream stream = points.OpenIngest();

        // The client waits for room: batches beyond the window are taken only as others are acknowledged.
        ulong[] ids = Ids(0, 1);
        for (int i = 0; i < 300; i++) await stream.WriteAsync(ids, Rows(ids, y: i));
        Assert.Equal(300, (await stream.CompleteAsync()).Rows);
        Assert.Equal(299, Assert.Single(await points.GetAsync(0UL, withVectors: true)).Vector.Span[1]);
    }
}
