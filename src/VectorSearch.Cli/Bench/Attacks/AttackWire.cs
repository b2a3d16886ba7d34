using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>A connection on which HTTP/2 frames are sent as they are given, right or wrong, and made anew when it breaks.</summary>
internal sealed class AttackWire(int port, TimeSpan duration) : IDisposable
{
    public const byte Data = 0, HeadersType = 1, ResetType = 3, SettingsType = 4, PingType = 6, ContinuationType = 9;
    public const byte EndStream = 1, EndHeaders = 4;

    private const int WindowUpdateType = 8, MaxFrame = 16_384;

    /// <summary>What a connection begins with.</summary>
    public static readonly byte[] Preface = Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

    private readonly long _end = Environment.TickCount64 + (long)duration.TotalMilliseconds;
    private readonly byte[] _thrownAway = new byte[64 << 10];
    private Socket? _socket;
    private bool _isClosed;

    public bool HasTime => Environment.TickCount64 < _end;

    public int Connections { get; private set; }

    /// <summary>Connections that the server closed.</summary>
    public int Closed { get; private set; }

    /// <summary>Units of the attack that were sent: frames, streams or calls.</summary>
    public long Sent { get; private set; }

    /// <summary>Connects anew.</summary>
    public void Connect()
    {
        _socket?.Dispose();
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, SendTimeout = 5000, ReceiveTimeout = 5000 };
        Connections++;
        _isClosed = false;
        try
        {
            _socket.Connect("127.0.0.1", port);
        }
        catch (SocketException refused) when (refused.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            // The server turned the connection away in the moment it was made: it is one that the server closed.
            NoteClosed();
            return;
        }

        // A window without end: replies are thrown away, and must not stop for want of room.
        byte[] window = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(window, int.MaxValue - 65_535);
        Send([.. Preface, .. Frame(SettingsType, 0, 0, []), .. Frame(WindowUpdateType, 0, 0, window)], 0);
    }

    /// <summary>Sends; false when the server has closed the connection or reads no more.</summary>
    public bool Send(ReadOnlySpan<byte> bytes, int units)
    {
        try
        {
            while (bytes.Length > 0) bytes = bytes[_socket!.Send(bytes)..];
            Sent += units;
            return true;
        }
        catch (SocketException)
        {
            // Of a connection that the server cut while this side waited to send, the fault may say no more than that it was in vain.
            Drain();
            return false;
        }
    }

    /// <summary>Takes what the server sent; false when it has closed the connection.</summary>
    public bool Drain()
    {
        try
        {
            while (_socket!.Available > 0 || _socket.Poll(0, SelectMode.SelectRead))
            {
                if (_socket.Receive(_thrownAway) > 0) continue;
                NoteClosed();
                return false;
            }

            return true;
        }
        catch (SocketException)
        {
            NoteClosed();
            return false;
        }
    }

    /// <summary>Waits until so many calls have ended; false when the connection or the time is over.</summary>
    public bool AwaitEnds(int calls)
    {
        byte[] buffer = new byte[256 << 10];
        int held = 0;
        try
        {
            while (calls > 0 && HasTime)
            {
                int came = _socket!.Receive(buffer, held, buffer.Length - held, SocketFlags.None);
                if (came == 0)
                {
                    NoteClosed();
                    return false;
                }

                held += came;
                int at = 0;
                while (held - at >= 9)
                {
                    int length = (buffer[at] << 16) | (buffer[at + 1] << 8) | buffer[at + 2];
                    if (held - at < 9 + length) break;
                    byte type = buffer[at + 3];
                    if (type == ResetType || (type is Data or HeadersType && (buffer[at + 4] & EndStream) != 0)) calls--;
                    at += 9 + length;
                }

                buffer.AsSpan(at, held - at).CopyTo(buffer);
                held -= at;
            }
        }
        catch (SocketException)
        {
            return false;
        }

        return calls <= 0;
    }

    private void NoteClosed()
    {
        if (!_isClosed) Closed++;
        _isClosed = true;
    }

    /// <summary>A frame.</summary>
    public static byte[] Frame(int type, int flags, int stream, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
        (frame[3], frame[4]) = ((byte)type, (byte)flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>A header block that uses no table: each field literally (RFC 7541, section 6.2.2).</summary>
    public static byte[] Block(params IEnumerable<(string Name, string Value)> fields)
    {
        List<byte> block = [];
        foreach ((string name, string value) in fields)
        {
            block.Add(0);
            Add(name);
            Add(value);
        }

        return [.. block];

        void Add(string text)
        {
            int length = text.Length;
            if (length < 127)
            {
                block.Add((byte)length);
            }
            else
            {
                block.Add(127);
                for (length -= 127; length >= 128; length >>= 7) block.Add((byte)((length & 127) | 128));
                block.Add((byte)length);
            }

            block.AddRange(Encoding.ASCII.GetBytes(text));
        }
    }

    /// <summary>A whole call: headers and a body in as many frames as it takes.</summary>
    public static byte[] Call(int stream, ReadOnlySpan<byte> block, ReadOnlySpan<byte> body, bool end = true)
    {
        List<byte> bytes = [.. Frame(HeadersType, EndHeaders, stream, block)];
        do
        {
            ReadOnlySpan<byte> part = body[..Math.Min(MaxFrame, body.Length)];
            body = body[part.Length..];
            bytes.AddRange(Frame(Data, end && body.IsEmpty ? EndStream : 0, stream, part));
        }
        while (!body.IsEmpty);
        return [.. bytes];
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();
}
