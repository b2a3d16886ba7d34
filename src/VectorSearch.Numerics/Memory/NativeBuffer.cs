namespace VectorSearch.Numerics;

/// <summary>
/// Memory outside the garbage-collected heap that grows without moving. The whole capacity is reserved as addresses at
/// once, which costs nothing; <see cref="Commit"/> makes a prefix usable, and pages take memory when first written. A
/// pointer into the buffer therefore stays right for the buffer's life, so that rows need no table of chunks and
/// readers no lock while it grows.
/// <para>
/// Starts on a 2 MiB boundary; fresh memory is zero. From <see cref="HugePageThreshold"/> on huge pages are asked for,
/// which spares random reads a walk of the page tables.
/// </para>
/// </summary>
public sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Committed bytes from which huge pages are asked for; below it they would only waste memory.</summary>
    public const long HugePageThreshold = 4L << 20;

    private const long SmallestStep = 64L << 10;
    private const long LargestStep = 256L << 20;

    private readonly bool _hugePages;
    private byte* _reserved;
    private readonly long _reservedBytes;

    /// <summary>Reserves a capacity and commits nothing.</summary>
    /// <param name="capacityBytes">Most bytes that the buffer will ever hold.</param>
    /// <param name="hugePages">Whether to ask for huge pages once it is large.</param>
    /// <exception cref="InsufficientMemoryException">The addresses could not be reserved.</exception>
    public NativeBuffer(long capacityBytes, bool hugePages = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        Capacity = RoundUp(capacityBytes, SmallestStep);
        _hugePages = hugePages;
        _reservedBytes = Capacity + AddressSpace.HugePageBytes;
        _reserved = AddressSpace.Reserve(_reservedBytes);
        Start = (byte*)RoundUp((long)_reserved, AddressSpace.HugePageBytes);
    }

    /// <summary>Gives the memory back if <see cref="Dispose"/> was not called.</summary>
    ~NativeBuffer() => Release();

    /// <summary>First byte; never changes before <see cref="Dispose"/>.</summary>
    public byte* Start { get; private set; }

    /// <summary>Most bytes it can hold.</summary>
    public long Capacity { get; }

    /// <summary>Bytes that may be read and written, from the start.</summary>
    public long Committed { get; private set; }

    /// <summary>A buffer whose whole capacity is usable.</summary>
    public static NativeBuffer Allocate(long bytes, bool hugePages = true)
    {
        NativeBuffer buffer = new(bytes, hugePages);
        buffer.Commit(bytes);
        return buffer;
    }

    /// <summary>Makes at least the first <paramref name="bytes"/> usable. Calls must not overlap; readers may go on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than the capacity.</exception>
    /// <exception cref="InsufficientMemoryException">The operating system refused.</exception>
    public void Commit(long bytes)
    {
        if (bytes <= Committed) return;
        ObjectDisposedException.ThrowIf(Start is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Capacity);

        // A quarter ahead, so that growth row by row makes few system calls. Untouched pages take no memory.
        long ahead = Math.Clamp(Committed / 4, SmallestStep, LargestStep);
        long target = Math.Min(Capacity, RoundUp(Math.Max(bytes, Committed + ahead), SmallestStep));
        AddressSpace.Commit(Start + Committed, target - Committed);
        Committed = target;
        if (_hugePages && target >= HugePageThreshold) AddressSpace.AdviseHuge(Start, target);
    }

    /// <summary>
    /// Gives back the memory behind a prefix; what is beyond must not be touched until it is committed again, and is zero then.
    /// </summary>
    public void Shrink(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long kept = RoundUp(bytes, SmallestStep);
        if (kept >= Committed) return;
        AddressSpace.Decommit(Start + kept, Committed - kept);
        Committed = kept;
    }

    /// <summary>The committed bytes from <paramref name="offset"/> on, at most 2 GiB of them.</summary>
    public Span<byte> Span(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Committed);
        return new Span<byte>(Start + offset, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_reserved is null) return;
        AddressSpace.Release(_reserved, _reservedBytes);
        _reserved = null;
        Start = null;
        Committed = 0;
    }

    private static long RoundUp(long value, long multiple) => (value + multiple - 1) / multiple * multiple;
}
