namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// Finds the heads of frames in what a client sends (RFC 9113, sections 3.4 and 4.1), in pieces of any size. It checks nothing:
/// that is Kestrel's part, which closes the connection at the first byte that is wrong.
/// </summary>
internal sealed class FrameScanner
{
    /// <summary>What a client's side of a connection begins with: "PRI * HTTP/2.0", "SM" and their line ends.</summary>
    internal const int PrefaceLength = 24;

    private const int HeadLength = 9;

    private readonly byte[] _head = new byte[HeadLength];
    private int _filled;
    private int _skip = PrefaceLength;

    /// <summary>Goes on to the end of the next head.</summary>
    /// <param name="bytes">A piece.</param>
    /// <param name="at">How far the piece was read; moved on.</param>
    /// <param name="weight">See <see cref="FrameWeights"/>.</param>
    /// <returns>False if the piece ended first.</returns>
    internal bool TryRead(ReadOnlySpan<byte> bytes, ref int at, out int weight)
    {
        weight = 0;
        int skipped = Math.Min(_skip, bytes.Length - at);
        _skip -= skipped;
        at += skipped;
        int taken = Math.Min(HeadLength - _filled, bytes.Length - at);
        bytes.Slice(at, taken).CopyTo(_head.AsSpan(_filled));
        _filled += taken;
        at += taken;
        if (_filled < HeadLength) return false;
        _filled = 0;
        _skip = (_head[0] << 16) | (_head[1] << 8) | _head[2];
        weight = FrameWeights.Of(_head[3], _head[4], _skip);
        return true;
    }
}
