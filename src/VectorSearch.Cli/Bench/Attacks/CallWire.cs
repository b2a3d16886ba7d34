using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace VectorSearch.Cli.Bench.Attacks;

/// <summary>How a call ended.</summary>
internal enum CallEnd
{
    /// <summary>With an answer.</summary>
    Answered,

    /// <summary>With RESOURCE_EXHAUSTED and nothing else.</summary>
    Refused,

    /// <summary>With anything else.</summary>
    Fault,
}

/// <summary>
/// A connection that sends the same unary calls again and again as bytes made beforehand, and takes of the replies only how
/// they ended: a caller that costs next to nothing, so that what a server does under load is not what its caller could do.
/// </summary>
internal sealed class CallWire : IDisposable
{
    private const int ResetType = 3, SettingsType = 4, PingType = 6, GoAwayType = 7, WindowUpdateType = 8, ContinuationType = 9;
    private const int Acknowledge = 1, FrameHead = 9, HeaderTableSizeSetting = 1, MaxStreams = 90;

    private static readonly byte[] Status = Encoding.ASCII.GetBytes("grpc-status");

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _block;
    private readonly byte[][] _bodies;
    private readonly Dictionary<int, long> _began = [];
    private readonly byte[] _received = new byte[256 << 10];
    private byte[] _unsent = [];
    private int _filled;
    private int _stream = -1;

    /// <summary>Connects.</summary>
    /// <param name="port">The server's, on this machine.</param>
    /// <param name="path">The method.</param>
    /// <param name="bodies">Framed messages, sent in turn.</param>
    public CallWire(int port, string path, byte[][] bodies)
    {
        _bodies = bodies;
        _block = AttackWire.Block((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "127.0.0.1"), ("te", "trailers"), ("content-type", "application/grpc"));
        _socket.Connect(IPAddress.Loopback, port);

        // No table for the replies' headers, so that a status can be read where it lies; and room for replies without end.
        byte[] window = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(window, int.MaxValue - 65_535);
        _socket.Send([.. AttackWire.Preface, .. AttackWire.Frame(SettingsType, 0, 0, [0, HeaderTableSizeSetting, 0, 0, 0, 0]), .. AttackWire.Frame(WindowUpdateType, 0, 0, window)]);
        _socket.Blocking = false;
    }

    /// <summary>For waiting on several connections.</summary>
    public Socket Socket => _socket;

    /// <summary>Calls that have not ended.</summary>
    public int UnderWay => _began.Count;

    /// <summary>True if the server allows one more call on this connection, and it has taken what was sent.</summary>
    public bool HasRoom => _began.Count < MaxStreams && _unsent.Length == 0;

    /// <summary>Sends a call.</summary>
    public void Call()
    {
        _stream += 2;
        _began[_stream] = Stopwatch.GetTimestamp();
        Send(AttackWire.Call(_stream, _block, _bodies[_stream / 2 % _bodies.Length]));
    }

    /// <summary>Takes what has come, and sends on what the connection did not take.</summary>
    /// <param name="ended">Told how each call ended, and how many ticks it took.</param>
    /// <exception cref="CliException">The server closed the connection.</exception>
    public void Receive(Action<CallEnd, long> ended)
    {
        if (_unsent.Length > 0) Send([]);
        while (_socket.Available > 0 || _socket.Poll(0, SelectMode.SelectRead))
        {
            int read = _socket.Receive(_received, _filled, _received.Length - _filled, SocketFlags.None);
            if (read == 0) throw new CliException("The server closed a connection that did nothing wrong.");
            _filled += read;
            TakeFrames(ended);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Send(byte[] bytes)
    {
        if (_unsent.Length > 0) bytes = [.. _unsent, .. bytes];
        int sent = _socket.Send(bytes, 0, bytes.Length, SocketFlags.None, out SocketError error);
        if (error is not (SocketError.Success or SocketError.WouldBlock)) throw new SocketException((int)error);
        _unsent = bytes[Math.Max(0, sent)..];
    }

    private void TakeFrames(Action<CallEnd, long> ended)
    {
        int at = 0;
        while (_filled - at >= FrameHead)
        {
            ReadOnlySpan<byte> head = _received.AsSpan(at, FrameHead);
            int length = (head[0] << 16) | (head[1] << 8) | head[2];
            if (_filled - at < FrameHead + length) break;
            Take(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head[5..]) & int.MaxValue, _received.AsSpan(at + FrameHead, length), ended);
            at += FrameHead + length;
        }

        _received.AsSpan(at, _filled - at).CopyTo(_received);
        _filled -= at;
    }

    private void Take(int type, int flags, int stream, ReadOnlySpan<byte> payload, Action<CallEnd, long> ended)
    {
        switch (type)
        {
            case SettingsType when (flags & Acknowledge) == 0:
                Send(AttackWire.Frame(SettingsType, Acknowledge, 0, []));
                break;
            case PingType when (flags & Acknowledge) == 0:
                Send(AttackWire.Frame(PingType, Acknowledge, 0, payload));
                break;
            case GoAwayType:
                throw new CliException("The server asks a caller that did nothing wrong to go away.");
            case ResetType:
                End(stream, CallEnd.Fault, ended);
                break;
            case AttackWire.HeadersType when (flags & AttackWire.EndStream) != 0:
                End(stream, EndOf(payload), ended);
                break;
            case ContinuationType:
                throw new CliException("A reply's headers came in parts, which this caller does not read.");
        }
    }

    private static CallEnd EndOf(ReadOnlySpan<byte> block)
    {
        int at = block.IndexOf(Status);
        if (at < 0) return CallEnd.Fault;

        // A length of one and the code, or of two for codes of two digits.
        ReadOnlySpan<byte> value = block[(at + Status.Length)..];
        return value is [1, (byte)'0', ..] ? CallEnd.Answered : value is [1, (byte)'8', ..] ? CallEnd.Refused : CallEnd.Fault;
    }

    private void End(int stream, CallEnd end, Action<CallEnd, long> ended)
    {
        if (_began.Remove(stream, out long began)) ended(end, Stopwatch.GetTimestamp() - began);
    }
}
