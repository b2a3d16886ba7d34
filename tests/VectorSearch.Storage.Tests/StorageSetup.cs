using VectorSearch.Testing;

namespace VectorSearch.Storage.Tests;

/// <summary>Small pages and files, so that a few records cross every boundary there is.</summary>
internal static class StorageSetup
{
    public static RecordLogOptions SmallLog { get; } = new()
    {
        PageBytes = 4096,
        MemoryBytes = 16384,
        SegmentBytes = 8192,
        CommitInterval = TimeSpan.FromMilliseconds(5),
    };

    /// <summary>As <see cref="SmallLog"/>, and the head file is written at creation and at a clean end only.</summary>
    public static RecordLogOptions LazyHead { get; } = SmallLog with { HeadInterval = TimeSpan.FromDays(1), Time = new StoppedClock() };

    public static FileDurability Disk { get; } = new();

    public static byte[] Body(Random random, int maxBytes)
    {
        byte[] body = new byte[random.Next(maxBytes + 1)];
        random.NextBytes(body);
        return body;
    }

    public static async Task<List<byte[]>> WriteAsync(IRecordLog log, int records, int salt = 0, int maxBytes = 900)
    {
        Random random = TestSeed.Random(salt);
        List<byte[]> bodies = [];
        for (int i = 0; i < records; i++)
        {
            bodies.Add(Body(random, maxBytes));
            log.Append(1, 0, 1, bodies[^1]);
        }

        await log.WhenDurableAsync(log.LastSequence);
        return bodies;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1;
    }
}

/// <summary>Fails the N-th operation of some kinds, and every later one while <see cref="IsSticky"/>.</summary>
internal sealed class FailNth(int nth, params StorageOperation[] kinds) : StorageFault
{
    private int _count;

    public bool IsSticky { get; init; }

    /// <summary>Bytes of a failing write that reach the file.</summary>
    public double TornShare { get; init; } = -1;

    public bool IsHealed { get; set; }

    public bool HasFired { get; private set; }

    public override long Before(StorageOperation operation, string path, long length)
    {
        if (IsHealed || !kinds.Contains(operation)) return length;
        int count = Interlocked.Increment(ref _count);
        if (IsSticky ? count < nth : count != nth) return length;
        HasFired = true;
        if (operation == StorageOperation.Write && TornShare >= 0) return Math.Min(length - 1, (long)(length * TornShare));
        throw new IOException("No space left on device (injected fault)");
    }
}
