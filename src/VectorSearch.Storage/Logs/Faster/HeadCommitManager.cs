using FASTER.core;

namespace VectorSearch.Storage;

/// <summary>
/// Where FASTER keeps its description of a commit: in memory, and from there in the log's head file. FASTER's own manager
/// writes a file whose damage it does not notice and whose loss empties the log.
/// </summary>
/// <param name="recovered">The description found in the head file; empty for a new log.</param>
/// <param name="beginMoved">
/// Called when the log's begin has moved and before FASTER removes segments; must not throw, as FASTER calls from an I/O
/// completion.
/// </param>
internal sealed class HeadCommitManager(byte[] recovered, Action<long, long, byte[]> beginMoved) : ILogCommitManager
{
    private const long TheOnlyCommit = 1;

    /// <summary>The newest commit: begin address, until address, FASTER's description.</summary>
    public (long Begin, long Until, byte[] Description) Newest { get; private set; }

    public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata)
    {
        Newest = (beginAddress, untilAddress, commitMetadata);
        if (forceWriteMetadata) beginMoved(beginAddress, untilAddress, commitMetadata);
    }

    public byte[] GetCommitMetadata(long commitNum) => recovered;

    public IEnumerable<long> ListCommits() => recovered.Length == 0 ? [] : [TheOnlyCommit];

    public void RemoveCommit(long commitNum) => _ = commitNum;

    public void RemoveAllCommits() => _ = TheOnlyCommit;

    public void OnRecovery(long commitNum) => _ = commitNum;

    public void Dispose() => GC.SuppressFinalize(this);
}
