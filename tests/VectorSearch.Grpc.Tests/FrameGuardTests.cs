using System.Net.Sockets;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class FrameGuardTests
{
    private const int Flood = 10 * KestrelLimits.MinMaxControlFramesPerSecond;

    private static readonly KestrelLimits Strict = KestrelLimits.Default with
    {
        MaxControlFramesPerSecond = KestrelLimits.MinMaxControlFramesPerSecond, FloodPatience = TimeSpan.Zero,
    };

    [Theory]
    [InlineData(FrameBytes.PingType, 8)]
    [InlineData(FrameBytes.SettingsType, 0)]
    public async Task Who_floods_is_cut_and_others_are_not(int type, int length)
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Interop(), limits: Strict);
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
        using TcpClient attacker = new(server.Address.Host, server.Address.Port);
        NetworkStream wire = attacker.GetStream();
        await wire.WriteAsync(FrameBytes.Preface);
        Assert.True(await IsCutAsync(wire, Enumerable.Repeat(FrameBytes.Frame(type, 0, 0, length), Flood)));
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    [Fact]
    public async Task Pings_that_come_too_fast_are_answered_later()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Interop(), limits: Strict with { FloodPatience = TimeSpan.FromHours(1) });
        using TcpClient client = new(server.Address.Host, server.Address.Port);
        NetworkStream wire = client.GetStream();
        const int pings = 30;
        await wire.WriteAsync((byte[])[.. FrameBytes.Preface, .. Enumerable.Repeat(FrameBytes.Ping, pings).SelectMany(frame => frame)]);
        int answered = 0;
        byte[] head = new byte[9];
        while (answered < pings)
        {
            await wire.ReadExactlyAsync(head);
            await wire.ReadExactlyAsync(new byte[(head[0] << 16) | (head[1] << 8) | head[2]]);
            if (head[3] == FrameBytes.PingType) answered++;
        }
    }

    [Theory]
    [InlineData(KestrelLimits.MinMaxControlFramesPerSecond - 1, 1)]
    [InlineData(KestrelLimits.MaxMaxControlFramesPerSecond + 1, 1)]
    [InlineData(KestrelLimits.MinMaxControlFramesPerSecond, KestrelLimits.MinMaxNewConnectionsPerSecond - 1)]
    [InlineData(KestrelLimits.MinMaxControlFramesPerSecond, KestrelLimits.MaxMaxNewConnectionsPerSecond + 1)]
    public async Task A_limit_out_of_its_range_is_refused(int frames, int connections) => await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
        () => TestServer.StartAsync(grpc => grpc.Interop(), limits: Strict with { MaxControlFramesPerSecond = frames, MaxNewConnectionsPerSecond = connections }));

    /// <summary>Sends frames and reads until the server ends the connection; false if it has not before a time that no server needs.</summary>
    internal static async Task<bool> IsCutAsync(Stream wire, IEnumerable<byte[]> frames)
    {
        using CancellationTokenSource enough = new(TimeSpan.FromSeconds(30));
        byte[] buffer = new byte[4096];
        try
        {
            await wire.WriteAsync(frames.SelectMany(frame => frame).ToArray(), enough.Token);
            while (await wire.ReadAsync(buffer, enough.Token) > 0)
            {
            }

            return true;
        }
        catch (IOException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
