using System.Buffers.Binary;

namespace VectorSearch.Grpc.Tests;

/// <summary>Frames of HTTP/2 as bytes.</summary>
internal static class FrameBytes
{
    internal const int SettingsType = 4, PingType = 6;

    /// <summary>What a client begins a connection with.</summary>
    internal static byte[] Preface => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(SettingsType, 0, 0, 0)];

    /// <summary>A ping.</summary>
    internal static byte[] Ping => Frame(PingType, 0, 0, 8);

    /// <summary>A frame of zeros.</summary>
    internal static byte[] Frame(int type, int flags, int stream, int length)
    {
        byte[] frame = new byte[9 + length];
        BinaryPrimitives.WriteInt32BigEndian(frame, (length << 8) | type);
        frame[4] = (byte)flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        return frame;
    }
}
