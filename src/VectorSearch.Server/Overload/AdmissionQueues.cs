namespace VectorSearch.Server.Overload;

/// <summary>
/// The queues of a server. Reads want a processor, writes mostly wait for the disk, and streams stay for long: each kind has
/// its own places, so that one cannot starve the others.
/// </summary>
internal sealed class AdmissionQueues(ServerOptions options)
{
    /// <summary>Unary calls that read.</summary>
    public AdmissionQueue Reads { get; } = new(
        options.MaxConcurrentReads > 0 ? options.MaxConcurrentReads : DefaultConcurrentReads, options.MaxQueuedReads, TimeSpan.FromMilliseconds(options.MaxQueueMilliseconds), holdsThreads: true);

    /// <summary>Unary calls that write.</summary>
    public AdmissionQueue Writes { get; } = new(options.MaxConcurrentWrites, options.MaxQueuedWrites, TimeSpan.FromMilliseconds(options.MaxQueueMilliseconds));

    /// <summary>Streams and calls that wait for something; they are let in or not.</summary>
    public AdmissionQueue Streams { get; } = new(options.MaxConcurrentStreams, 0, TimeSpan.Zero);

    /// <summary>Replies of unary calls that have left their places.</summary>
    public UnwrittenReplies Unwritten { get; } = new((long)options.MaxUnwrittenReplyMegabytes << 20);

    /// <summary>One search a processor, and one that is ready when another ends.</summary>
    public static int DefaultConcurrentReads => Environment.ProcessorCount + 1;

    /// <summary>All with their names in metrics.</summary>
    public IEnumerable<(string Name, AdmissionQueue Queue)> All => [("reads", Reads), ("writes", Writes), ("streams", Streams)];
}
