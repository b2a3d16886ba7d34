using System.Runtime.ExceptionServices;

namespace VectorSearch.Learn;

/// <summary>
/// Runs independent pieces of work on several threads. Piece boundaries depend on the sizes alone, so whatever a piece
/// computes by itself is the same at any thread count.
/// </summary>
internal static class ParallelChunks
{
    /// <summary>Calls <paramref name="body"/> for [0, size), [size, 2·size), … each once, in any order.</summary>
    /// <param name="count">End of the range.</param>
    /// <param name="size">Length of a piece.</param>
    /// <param name="threads">Most threads at work; 0 for one a processor.</param>
    /// <param name="makeScratch">Makes the working memory of one thread.</param>
    /// <param name="body">The work on [from, to).</param>
    /// <param name="cancellationToken">Stops between pieces.</param>
    public static void Run<TScratch>(
        long count, int size, int threads, Func<TScratch> makeScratch, Action<TScratch, long, long> body,
        CancellationToken cancellationToken)
    {
        long chunks = (count + size - 1) / size;
        int workers = (int)Math.Min(chunks, threads > 0 ? threads : Environment.ProcessorCount);
        long next = -1;
        if (workers <= 1)
        {
            Work();
            return;
        }

        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => Work());
        }
        catch (AggregateException several)
        {
            // As from a plain loop: callers tell a cancellation from a fault by its own type.
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        cancellationToken.ThrowIfCancellationRequested();

        void Work()
        {
            TScratch scratch = makeScratch();
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long chunk = Interlocked.Increment(ref next);
                if (chunk >= chunks) break;
                body(scratch, chunk * size, Math.Min(count, (chunk + 1) * size));
            }

            (scratch as IDisposable)?.Dispose();
        }
    }

    /// <summary>As the other form, for work that needs no memory of its own.</summary>
    public static void Run(long count, int size, int threads, Action<long, long> body, CancellationToken cancellationToken) =>
        Run<object?>(count, size, threads, () => null, (_, from, to) => body(from, to), cancellationToken);
}
