using Spectre.Console;
using VectorSearch.Cli.Commands;

namespace VectorSearch.Cli.Tests;

public class ServeCommandTests
{
    [Theory]
    [InlineData("http://127.0.0.1:6410/")]
    [InlineData("http://[::]:6410/")]
    [InlineData("http://[fe80::1]:6410/")]
    public void It_says_where_it_serves(string address)
    {
        using StringWriter written = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(written), Ansi = AnsiSupport.No });
        ServeCommand.Tell(console, "data [old]", new Uri(address), new Uri(address));
        Assert.Contains($"gRPC  {address}", written.ToString(), StringComparison.Ordinal);
        Assert.Contains($"HTTP  {address}status", written.ToString(), StringComparison.Ordinal);
    }
}
