using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Interop.Server;
using VectorSearch.Interop.Testing;

namespace VectorSearch.Grpc.Tests;

public class AddressRatesTests
{
    private const int PerSecond = 10;

    private readonly SteppedClock _clock = new();

    [Fact]
    public void An_address_gets_two_seconds_worth_and_then_its_rate()
    {
        AddressRates rates = new(PerSecond, _clock);
        Assert.Equal(2 * PerSecond, Taken(rates, "192.0.2.1"));
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal(PerSecond / 2, Taken(rates, "192.0.2.1"));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(2 * PerSecond, Taken(rates, "192.0.2.1"));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1:2:5::6", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void What_counts_as_one_address(string one, string other, bool isOne)
    {
        AddressRates rates = new(PerSecond, _clock);
        Taken(rates, one);
        Assert.Equal(isOne ? 0 : 2 * PerSecond, Taken(rates, other));
    }

    [Fact]
    public void Many_addresses_take_no_more_memory_than_some()
    {
        AddressRates rates = new(PerSecond, _clock);
        Taken(rates, "192.0.2.1");
        for (int i = 0; i < AddressRates.MaxAddresses; i++) Assert.True(rates.TryTake(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i])));
        Assert.InRange(rates.Known, 1, AddressRates.MaxAddresses);
        Assert.Equal(2 * PerSecond, Taken(rates, "192.0.2.1"));
    }

    [Fact]
    public async Task Connections_beyond_the_rate_are_closed_and_those_that_stand_are_not()
    {
        await using TestServer server = await TestServer.StartAsync(grpc => grpc.Interop(), limits: KestrelLimits.Default with { MaxNewConnectionsPerSecond = 1 });
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
        int opened = 1;
        while (!await IsClosedAsync(server.Address)) Assert.InRange(++opened, 1, 1000);
        Assert.True(opened >= 2);
        await server.Channel.UnaryAsync(TestServer.EmptyCall, new Empty());
    }

    [Fact]
    public async Task A_port_can_only_be_guarded_where_its_sockets_are()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, port =>
        {
            port.Protocols = HttpProtocols.Http2;
            KestrelLimits.Default.Guard(port);
        }));
        InvalidOperationException fault = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await using WebApplication application = builder.Build();
            await application.StartAsync();
        });
        Assert.Contains(nameof(GuardedSockets.UseGuardedSockets), fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Opens a connection; true if the server closed it, false if it began HTTP/2.</summary>
    private static async Task<bool> IsClosedAsync(Uri address)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            await client.GetStream().WriteAsync(FrameBytes.Preface);
            return await client.GetStream().ReadAsync(new byte[9]) == 0;
        }
        catch (Exception cut) when (cut is IOException or SocketException)
        {
            return true;
        }
    }

    private static int Taken(AddressRates rates, string address)
    {
        int taken = 0;
        while (rates.TryTake(IPAddress.Parse(address))) taken++;
        return taken;
    }
}
