using System.IO.Compression;
using Google.Protobuf;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>What one attacker does until its time is over.</summary>
internal static class AttackKinds
{
    private const int Batch = 64;
    private const string Path = "/vectorsearch.v1.Points/Count";

    /// <summary>Well-formed calls, for the run that attacks are compared with.</summary>
    public const string Control = "control";

    /// <summary>Connections of the control.</summary>
    public const int ControlConnections = 8;

    /// <summary>The attacks by name; true if the server must close the connection.</summary>
    public static IReadOnlyDictionary<string, (Action<AttackWire> Run, bool IsThrownOut)> All { get; } = new Dictionary<string, (Action<AttackWire>, bool)>
    {
        ["malformed_frames"] = (MalformedFrames, false),
        ["oversize_messages"] = (wire => Calls(wire, [], [0, 0x7F, 0xFF, 0xFF, 0xFF, .. new byte[1024]]), false),
        ["compressed_bombs"] = (wire => Calls(wire, [("grpc-encoding", "gzip")], Bomb(), perBatch: 4), false),
        ["bad_metadata"] = (BadMetadata, false),
        ["rapid_reset"] = (RapidReset, true),
        ["reset_and_return"] = (ResetAndReturn, false),
        ["ping_flood"] = (wire => Flood(wire, AttackWire.Frame(AttackWire.PingType, 0, 0, new byte[8])), true),
        ["settings_flood"] = (wire => Flood(wire, AttackWire.Frame(AttackWire.SettingsType, 0, 0, [0, 4, 0, 0, 255, 255])), true),
        ["continuation_flood"] = (ContinuationFlood, true),
        ["big_header"] = (BigHeader, true),
        ["slow_body"] = (SlowBody, true),
    };

    /// <summary>
    /// Well-formed calls of this process, resting so that it takes a given share of a processor. Several connections, so that
    /// one has calls under way while another is read: a caller that waits for its answers takes less than its share.
    /// </summary>
    public static void WellFormed(IReadOnlyList<AttackWire> wires, double cpuShare)
    {
        byte[] block = Headers(), body = Framed(new Protocol.V1.CountRequest { Collection = AttackBench.Collection });
        long started = Environment.TickCount64;
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        foreach (AttackWire wire in wires) wire.Connect();
        for (int stream = 1; wires[0].HasTime; stream += 2 * Batch)
        {
            List<byte> batch = [];
            for (int i = 0; i < Batch; i++) batch.AddRange(AttackWire.Call(stream + (2 * i), block, body));
            byte[] bytes = [.. batch];
            if (!wires.All(wire => wire.Send(bytes, Batch)) || !wires.All(wire => wire.AwaitEnds(Batch))) return;
            double due = (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / cpuShare, passed = Environment.TickCount64 - started;
            if (due > passed) Thread.Sleep((int)Math.Min(due - passed, 1000));
        }
    }

    private static byte[] Headers(params (string, string)[] more) => AttackWire.Block(
    [
        (":method", "POST"), (":scheme", "http"), (":path", Path), (":authority", "127.0.0.1"), ("te", "trailers"), ("content-type", "application/grpc"), .. more,
    ]);

    /// <summary>A message with its prefix.</summary>
    public static byte[] Framed(IMessage message)
    {
        byte[] bytes = message.ToByteArray();
        return [0, 0, 0, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    /// <summary>A message of 64 MiB of zeros, which gzip makes a thousandth of.</summary>
    private static byte[] Bomb()
    {
        using MemoryStream squeezed = new();
        using (GZipStream gzip = new(squeezed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(new byte[64 << 20]);
        byte[] bytes = squeezed.ToArray();
        return [1, (byte)(bytes.Length >> 24), (byte)(bytes.Length >> 16), (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    private static void Calls(AttackWire wire, (string, string)[] more, byte[] body, int perBatch = Batch)
    {
        byte[] block = Headers(more);
        while (wire.HasTime)
        {
            wire.Connect();
            for (int stream = 1; wire.HasTime;)
            {
                List<byte> batch = [];
                for (int i = 0; i < perBatch; i++, stream += 2) batch.AddRange(AttackWire.Call(stream, block, body));
                if (!wire.Send([.. batch], perBatch) || !wire.AwaitEnds(perBatch)) break;
            }
        }
    }

    private static void MalformedFrames(AttackWire wire)
    {
        byte[] good = Framed(new Protocol.V1.CountRequest { Collection = AttackBench.Collection });
        byte[][] bodies = [[], [0], [0, 0, 0, 0], [2, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 9, 1], [0, 0, 0, 0, 3, 255, 255, 255], [.. good, 0], [.. good, .. good]];
        byte[] block = Headers();
        while (wire.HasTime)
        {
            wire.Connect();
            for (int stream = 1; wire.HasTime;)
            {
                List<byte> batch = [];
                for (int i = 0; i < Batch; i++, stream += 2) batch.AddRange(AttackWire.Call(stream, block, bodies[i % bodies.Length]));
                if (!wire.Send([.. batch], Batch) || !wire.AwaitEnds(Batch)) break;
            }
        }
    }

    private static void BadMetadata(AttackWire wire)
    {
        byte[] body = Framed(new Protocol.V1.CountRequest { Collection = AttackBench.Collection });
        byte[][] blocks =
        [
            Headers(("grpc-timeout", "five")), Headers(("grpc-timeout", "123456789S")), Headers(("grpc-timeout", "-1S")), Headers(("x-data-bin", "%%%")),
            Headers(("grpc-encoding", "lzma")), Headers(("authorization", "Bearer a.b.c")), Headers([.. Enumerable.Range(0, 80).Select(i => ($"x-{i}", new string('v', 100)))]),
        ];
        while (wire.HasTime)
        {
            wire.Connect();
            for (int stream = 1; wire.HasTime;)
            {
                List<byte> batch = [];
                for (int i = 0; i < Batch; i++, stream += 2) batch.AddRange(AttackWire.Call(stream, blocks[i % blocks.Length], body));
                if (!wire.Send([.. batch], Batch) || !wire.AwaitEnds(Batch)) break;
            }
        }
    }

    private static void RapidReset(AttackWire wire)
    {
        byte[] block = Headers();
        while (wire.HasTime)
        {
            wire.Connect();
            bool alive = true;
            for (int stream = 1; alive && wire.HasTime;)
            {
                List<byte> batch = [];
                for (int i = 0; i < Batch; i++, stream += 2)
                {
                    batch.AddRange(AttackWire.Frame(AttackWire.HeadersType, AttackWire.EndHeaders, stream, block));
                    batch.AddRange(AttackWire.Frame(AttackWire.ResetType, 0, stream, [0, 0, 0, 8]));
                }

                alive = wire.Send([.. batch], Batch) && wire.Drain();
            }
        }
    }

    /// <summary>As many resets as a new connection may send, and then another connection.</summary>
    private static void ResetAndReturn(AttackWire wire)
    {
        byte[] block = Headers();
        byte[] burst = [.. Enumerable.Range(0, 100).SelectMany(i => (byte[])
        [
            .. AttackWire.Frame(AttackWire.HeadersType, AttackWire.EndHeaders, (2 * i) + 1, block), .. AttackWire.Frame(AttackWire.ResetType, 0, (2 * i) + 1, [0, 0, 0, 8]),
        ])];
        while (wire.HasTime)
        {
            wire.Connect();
            wire.Send(burst, 100);
        }
    }

    private static void Flood(AttackWire wire, byte[] frame)
    {
        byte[] batch = [.. Enumerable.Repeat(frame, Batch).SelectMany(one => one)];
        while (wire.HasTime)
        {
            wire.Connect();
            while (wire.HasTime && wire.Send(batch, Batch) && wire.Drain())
            {
            }
        }
    }

    private static void ContinuationFlood(AttackWire wire)
    {
        byte[] first = AttackWire.Frame(AttackWire.HeadersType, 0, 1, Headers());
        byte[] more = AttackWire.Frame(AttackWire.ContinuationType, 0, 1, AttackWire.Block([.. Enumerable.Range(0, 100).Select(i => ($"x-{i:000}", new string('v', 100)))]));
        while (wire.HasTime)
        {
            wire.Connect();
            if (!wire.Send(first, 1)) continue;
            while (wire.HasTime && wire.Send(more, 1) && wire.Drain())
            {
            }
        }
    }

    private static void BigHeader(AttackWire wire)
    {
        byte[] block = Headers(("x-big", new string('v', 63 << 10)));
        List<byte> call = [.. AttackWire.Frame(AttackWire.HeadersType, 0, 1, block.AsSpan(0, 16_000))];
        for (int at = 16_000; at < block.Length; at += 16_000)
        {
            int length = Math.Min(16_000, block.Length - at);
            call.AddRange(AttackWire.Frame(AttackWire.ContinuationType, at + length == block.Length ? AttackWire.EndHeaders : 0, 1, block.AsSpan(at, length)));
        }

        while (wire.HasTime)
        {
            wire.Connect();
            bool alive = wire.Send([.. call], 1);
            while (alive && wire.HasTime)
            {
                Thread.Sleep(5);
                alive = wire.Drain();
            }
        }
    }

    /// <summary>A hundred calls whose messages come byte by byte.</summary>
    private static void SlowBody(AttackWire wire)
    {
        int[] streams = [.. Enumerable.Range(0, 100).Select(i => (2 * i) + 1)];
        byte[] block = Headers();
        byte[] start = [.. streams.SelectMany(stream => AttackWire.Call(stream, block, [0, 0, 0x3D, 0, 0], end: false))];
        byte[] trickle = [.. streams.SelectMany(stream => AttackWire.Frame(AttackWire.Data, 0, stream, "x"u8))];
        while (wire.HasTime)
        {
            wire.Connect();
            bool alive = wire.Send(start, streams.Length);
            while (alive && wire.HasTime)
            {
                Thread.Sleep(1000);
                alive = wire.Send(trickle, streams.Length) && wire.Drain();
            }
        }
    }
}
