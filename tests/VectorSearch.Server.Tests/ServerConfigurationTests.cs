using VectorSearch.Testing;

namespace VectorSearch.Server.Tests;

public sealed class ServerConfigurationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static Dictionary<string, string?> Flags(params (string Name, string Value)[] flags) => flags.ToDictionary(flag => flag.Name, flag => (string?)flag.Value);

    private string Write(string json)
    {
        string file = _directory.Combine("vectorsearch.json");
        File.WriteAllText(file, json);
        return file;
    }

    [Fact]
    public void Nothing_said_gives_the_defaults_and_listens_on_loopback_only()
    {
        ServerOptions options = ServerConfiguration.Load(null, Flags());
        Assert.Equal("127.0.0.1", options.Bind);
        Assert.Equal(ServerOptions.DefaultGrpcPort, options.GrpcPort);
    }

    [Fact]
    public void A_flag_wins_over_the_file()
    {
        ServerOptions options = ServerConfiguration.Load(Write("""{ "GrpcPort": 7001, "HttpPort": 7002 }"""), Flags(("GrpcPort", "7003")));
        Assert.Equal(7003, options.GrpcPort);
        Assert.Equal(7002, options.HttpPort);
    }

    [Fact]
    public void Every_fault_is_named_at_once_with_what_came_and_what_was_expected()
    {
        ServerConfigurationException fault = Assert.Throws<ServerConfigurationException>(
            () => ServerConfiguration.Load(Write("""{ "GrpcPort": "many", "Colour": "red", "Bind": "home" }"""), Flags(("MaxMessageBytes", "1"))));
        Assert.Equal(4, fault.Faults.Count);
        Assert.Contains(fault.Faults, one => one.Contains("GrpcPort", StringComparison.Ordinal) && one.Contains("many", StringComparison.Ordinal));
        Assert.Contains(fault.Faults, one => one.Contains("Colour", StringComparison.Ordinal));
        Assert.Contains(fault.Faults, one => one.Contains("Bind", StringComparison.Ordinal) && one.Contains("home", StringComparison.Ordinal));
        Assert.Contains(fault.Faults, one => one.Contains("MaxMessageBytes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{ \"GrpcPort\": ")]
    [InlineData("hello")]
    public void A_file_that_is_not_json_is_named(string text)
    {
        string file = Write(text);
        ServerConfigurationException fault = Assert.Throws<ServerConfigurationException>(() => ServerConfiguration.Load(file, Flags()));
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        string file = _directory.Combine("none.json");
        ServerConfigurationException fault = Assert.Throws<ServerConfigurationException>(() => ServerConfiguration.Load(file, Flags()));
        Assert.Contains(file, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_ports_may_not_be_the_same()
    {
        Assert.Throws<ServerConfigurationException>(() => ServerConfiguration.Load(null, Flags(("GrpcPort", "7000"), ("HttpPort", "7000"))));
        ServerConfiguration.Load(null, Flags(("GrpcPort", "0"), ("HttpPort", "0")));
    }
}
