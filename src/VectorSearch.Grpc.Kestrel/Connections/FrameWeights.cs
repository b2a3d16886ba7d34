namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// What frames of HTTP/2 (RFC 9113, section 6) count against a connection's budget, in tenths of a control frame: by what they
/// cost the server, and by how many an honest client may need.
/// </summary>
internal static class FrameWeights
{
    /// <summary>Frames of calls: those have limits of their own.</summary>
    internal const int Call = 0;

    /// <summary>An honest reader sends them in proportion to what it gets.</summary>
    internal const int WindowUpdate = 1;

    /// <summary>PING, SETTINGS and the like: one round trip has one of them at most, or a connection has one.</summary>
    internal const int Control = 10;

    /// <summary>A call begun and given up, for the bytes of one and the work of the other.</summary>
    internal const int Reset = 100;

    private const int DataType = 0, HeadersType = 1, ResetType = 3, WindowUpdateType = 8;
    private const int EndStream = 1, Padded = 8;

    /// <summary>The weight of a frame.</summary>
    /// <param name="type">Its type; those that HTTP/2 does not have count as control frames.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="length">Bytes after its head.</param>
    internal static int Of(int type, int flags, int length) => type switch
    {
        // Data that may be nothing but padding, or nothing at all.
        DataType => (length == 0 && (flags & EndStream) == 0) || (flags & Padded) != 0 ? Control : Call,
        HeadersType => Call,
        ResetType => Reset,
        WindowUpdateType => WindowUpdate,
        _ => Control,
    };
}
