using System.CommandLine;
using Spectre.Console;
using VectorSearch.Collections;
using VectorSearch.Server;

namespace VectorSearch.Cli.Commands;

/// <summary><c>vectorsearch serve</c>: runs the server until Ctrl-C.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        ServerFlags flags = new();
        Command command = new("serve", "Serve the collections of a data directory over gRPC until Ctrl-C.");
        flags.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(flags.Read(parsed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ServerOptions options, CancellationToken cancellation)
    {
        // The host listens for Ctrl-C only once this method has first given way: whoever is told that the server is ready
        // may stop it at once.
        await Task.Yield();
        await using VectorSearchServer server = await VectorSearchServer.StartAsync(options, new RecoveryLines(), cancellation);
        Tell(AnsiConsole.Console, options.DataDirectory, server.GrpcAddress, server.HttpAddress);
        await WaitForCancellationAsync(cancellation);
        AnsiConsole.MarkupLine("Stopping: open calls end, the log is committed.");
        return 0;
    }

    /// <summary>Says what is served, and where.</summary>
    internal static void Tell(IAnsiConsole console, string directory, Uri grpc, Uri http)
    {
        console.MarkupLineInterpolated($"[green]Serving[/] {Path.GetFullPath(directory)}");

        // As texts, which are escaped: an address of IPv6 stands in brackets, as markup does.
        console.MarkupLineInterpolated($"  gRPC  {grpc.ToString()}");
        console.MarkupLineInterpolated($"  HTTP  {http.ToString()}status");
        console.MarkupLine("Ctrl-C stops it.");
    }

    /// <summary>Ends, without an exception, when Ctrl-C is pressed.</summary>
    internal static async Task WaitForCancellationAsync(CancellationToken cancellation)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
    }

    /// <summary>One line for each phase of a collection's recovery; reported from several threads.</summary>
    internal sealed class RecoveryLines : IProgress<RecoveryProgress>
    {
        private readonly HashSet<(string, RecoveryPhase)> _told = [];

        public void Report(RecoveryProgress value)
        {
            lock (_told)
            {
                if (!_told.Add((value.Collection, value.Phase))) return;
                AnsiConsole.MarkupLineInterpolated($"[grey]recovering[/] {value.Collection}: {value.Phase.ToString().ToLowerInvariant()}");
            }
        }
    }
}
