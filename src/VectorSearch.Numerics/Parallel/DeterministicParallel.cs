using System.Runtime.ExceptionServices;

namespace VectorSearch.Numerics;

/// <summary>
/// Parallel loops whose results do not depend on the number of threads. Work is cut into chunks of a fixed size, each
/// chunk is done by one thread from its first index to its last, and partial results are joined in the order of the
/// chunks. Which thread does which chunk is left open and must not matter to the body.
/// </summary>
public static class DeterministicParallel
{
    /// <summary>Chunk size that suits loops whose step costs a microsecond or more.</summary>
    public const int DefaultChunk = 256;

    /// <summary>Threads taken when a caller says 0.</summary>
    public static int DefaultThreads => Environment.ProcessorCount;

    /// <summary>Calls <paramref name="body"/> with (start, end) of every chunk of 0…count.</summary>
    /// <param name="count">Number of steps.</param>
    /// <param name="chunk">Steps a chunk has, the last may have fewer.</param>
    /// <param name="threads">Most threads at a time; 0 means all cores.</param>
    /// <param name="body">Does the steps start…end−1.</param>
    /// <param name="cancellationToken">Checked before each chunk.</param>
    public static void For(int count, int chunk, int threads, Action<int, int> body, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(body);
        ForChunks(count, chunk, threads, static () => 0, (_, start, end, _) => body(start, end), cancellationToken);
    }

    /// <summary>
    /// As <see cref="For(int, int, int, Action{int, int}, CancellationToken)"/>, with a scratch object for each thread.
    /// What a chunk writes must not depend on what the scratch held before.
    /// </summary>
    public static void For<TScratch>(
        int count,
        int chunk,
        int threads,
        Func<TScratch> createScratch,
        Action<int, int, TScratch> body,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(createScratch);
        ArgumentNullException.ThrowIfNull(body);
        ForChunks(count, chunk, threads, createScratch, (_, start, end, scratch) => body(start, end, scratch), cancellationToken);
    }

    /// <summary>
    /// Maps every chunk to a partial result and joins them from the first chunk to the last, so that a sum of floats
    /// has the same bits for every number of threads.
    /// </summary>
    /// <param name="count">Number of steps.</param>
    /// <param name="chunk">Steps a chunk has; part of what defines the result.</param>
    /// <param name="threads">Most threads at a time; 0 means all cores.</param>
    /// <param name="seed">The value to start from.</param>
    /// <param name="map">The partial result of the steps start…end−1.</param>
    /// <param name="join">Joins what has been joined so far with the next partial result.</param>
    /// <param name="cancellationToken">Checked before each chunk.</param>
    public static T Reduce<T>(
        int count,
        int chunk,
        int threads,
        T seed,
        Func<int, int, T> map,
        Func<T, T, T> join,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(join);
        T[] partials = new T[ChunkCount(count, chunk)];
        ForChunks(count, chunk, threads, static () => 0, (index, start, end, _) => partials[index] = map(start, end), cancellationToken);
        T result = seed;
        foreach (T partial in partials) result = join(result, partial);
        return result;
    }

    /// <summary>The sum of <paramref name="map"/> over all chunks, with the same bits for every number of threads.</summary>
    public static double Sum(int count, int chunk, int threads, Func<int, int, double> map, CancellationToken cancellationToken = default) =>
        Reduce(count, chunk, threads, 0.0, map, static (a, b) => a + b, cancellationToken);

    private static void ForChunks<TScratch>(
        int count, int chunk, int threads, Func<TScratch> createScratch, Action<int, int, int, TScratch> body, CancellationToken cancellationToken)
    {
        int chunks = ChunkCount(count, chunk);
        if (chunks == 0) return;
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        CpuShare? share = CpuShare.Current;
        int workers = Math.Min(chunks, Math.Min(threads == 0 ? DefaultThreads : threads, share?.Threads ?? int.MaxValue)), next = -1;
        if (workers == 1) Work();
        else if (share is not null) Unwrap(() => share.RunOnAll(workers, Work));
        else Unwrap(() => System.Threading.Tasks.Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, _ => Work()));

        // The runtime ends and restarts the workers of a long loop now and then, and would make a scratch at each restart.
        void Work()
        {
            TScratch scratch = createScratch();
            try
            {
                for (int index = Interlocked.Increment(ref next); index < chunks; index = Interlocked.Increment(ref next))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body(index, index * chunk, (int)Math.Min(count, (index + 1L) * chunk), scratch);
                    CpuShare.Breathe(cancellationToken);
                }
            }
            catch
            {
                Volatile.Write(ref next, chunks); // nobody begins another chunk
                throw;
            }
            finally
            {
                (scratch as IDisposable)?.Dispose();
            }
        }
    }

    /// <summary>Lets a body's exception come out as itself, as from a plain loop; of several the first that was noticed.</summary>
    private static void Unwrap(Action loop)
    {
        try
        {
            loop();
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }

    private static int ChunkCount(int count, int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunk);
        return (int)(((long)count + chunk - 1) / chunk);
    }
}
