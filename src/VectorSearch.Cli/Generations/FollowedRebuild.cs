using VectorSearch.Client;
using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Generations;

/// <summary>A rebuild that a command waits for, with a line of progress.</summary>
internal static class FollowedRebuild
{
    private static readonly TimeSpan GiveUpPatience = TimeSpan.FromSeconds(15);

    /// <summary>Ctrl-C gives the rebuild up, which would otherwise go on in the server and end with an exchange that nobody waits for.</summary>
    public static async Task<RebuildResult> RunAsync(VectorSearchClient client, RebuildRequest request, IProgress<StageProgress> progress, CancellationToken cancellation)
    {
        RebuildProgressLine line = new(progress);
        try
        {
            return await client.Generations.RebuildAsync(request, line, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested && line.Operation is not null)
        {
            Console.Error.WriteLine(await GiveUpAsync(client, line.Operation) switch
            {
                null => $"The rebuild was asked to stop and has not told yet that it did. See 'vectorsearch generations {request.Collection}'.",
                Operation.Types.State.Succeeded => $"Too late: the rebuild had come to its end. See 'vectorsearch generations {request.Collection}'.",
                _ => "The rebuild was given up; the generation that answered goes on.",
            });
            throw;
        }
    }

    /// <summary>How the operation ended; null if it has not for a while.</summary>
    private static async Task<Operation.Types.State?> GiveUpAsync(VectorSearchClient client, string operation)
    {
        using CancellationTokenSource patience = new(GiveUpPatience);
        try
        {
            await client.Generations.CancelAsync(operation, patience.Token);
            return (await client.Generations.WaitAsync(operation, patience.Token)).State;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
