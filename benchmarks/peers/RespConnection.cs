using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using VectorSearch.Cli.Bench.Serving;

namespace VectorSearch.PeerBench;

/// <summary>A connection to Garnet in Redis' protocol (RESP 2), with VADD and VSIM of vector sets.</summary>
internal sealed class RespConnection : IQueryConnection
{
    private const string Key = "glove";

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly QuerySet _queries;
    private readonly byte[][] _questions;
    private byte[] _reply = new byte[64 << 10];
    private int _begin, _end;

    private RespConnection(QuerySet queries, byte[][] questions) => (_queries, _questions) = (queries, questions);

    /// <summary>Connects.</summary>
    /// <param name="port">Of Garnet, on this machine.</param>
    /// <param name="queries">What to ask.</param>
    /// <param name="questions">The queries as commands, shared by all connections.</param>
    public static async Task<RespConnection> OpenAsync(int port, QuerySet queries, byte[][] questions)
    {
        RespConnection connection = new(queries, questions);
        await connection._socket.ConnectAsync("127.0.0.1", port);
        return connection;
    }

    /// <summary>Every query as a command.</summary>
    public static byte[][] Questions(QuerySet queries, int ef) => [.. Enumerable.Range(0, queries.Count).Select(q => Command(
        "VSIM"u8.ToArray(), Bytes(Key), "FP32"u8.ToArray(), MemoryMarshal.AsBytes(queries.Vectors[q]).ToArray(),
        "COUNT"u8.ToArray(), Bytes(queries.K), "EF"u8.ToArray(), Bytes(ef)))];

    /// <inheritdoc/>
    public async ValueTask<int> AskAsync(int query)
    {
        await _socket.SendAsync(_questions[query]);
        int items = int.Parse((await LineAsync('*')).Span, NumberStyles.None, CultureInfo.InvariantCulture);
        int right = 0;
        for (int i = 0; i < items; i++)
        {
            int length = int.Parse((await LineAsync('$')).Span, NumberStyles.None, CultureInfo.InvariantCulture);
            await NeedAsync(length + 2);
            if (length == sizeof(int) && _queries.IsRight(query, BitConverter.ToInt32(_reply, _begin))) right++;
            _begin += length + 2;
        }

        return right;
    }

    /// <summary>Adds one row.</summary>
    public async Task AddAsync(int row, ReadOnlyMemory<byte> vector, int degree, int efConstruction)
    {
        byte[] command = Command(
            "VADD"u8.ToArray(), Bytes(Key), "FP32"u8.ToArray(), vector.ToArray(), BitConverter.GetBytes(row), "NOQUANT"u8.ToArray(),
            "EF"u8.ToArray(), Bytes(efConstruction), "M"u8.ToArray(), Bytes(degree));
        await _socket.SendAsync(command);
        await LineAsync(':');
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The rest of the next line, which must start with a given sign.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> LineAsync(char sign)
    {
        int length;
        while ((length = _reply.AsSpan(_begin, _end - _begin).IndexOf((byte)'\n')) < 0) await NeedAsync(_end - _begin + 1);
        ReadOnlyMemory<byte> line = _reply.AsMemory(_begin, length - 1);
        _begin += length + 1;
        return line.Span[0] == sign ? line[1..] : throw new InvalidDataException($"Garnet answered '{Encoding.UTF8.GetString(line.Span)}', expected {sign}.");
    }

    private async ValueTask NeedAsync(int bytes)
    {
        while (_end - _begin < bytes)
        {
            if (_begin > 0)
            {
                _reply.AsSpan(_begin, _end - _begin).CopyTo(_reply);
                (_begin, _end) = (0, _end - _begin);
            }

            if (_end == _reply.Length) Array.Resize(ref _reply, 2 * _reply.Length);
            int came = await _socket.ReceiveAsync(_reply.AsMemory(_end));
            if (came == 0) throw new EndOfStreamException("Garnet closed the connection.");
            _end += came;
        }
    }

    private static byte[] Command(params byte[][] parts)
    {
        ArrayBufferWriter<byte> command = new();
        command.Write(Bytes($"*{parts.Length}\r\n"));
        foreach (byte[] part in parts)
        {
            command.Write(Bytes($"${part.Length}\r\n"));
            command.Write(part);
            command.Write("\r\n"u8);
        }

        return command.WrittenSpan.ToArray();
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static byte[] Bytes(int number) => Bytes(number.ToString(CultureInfo.InvariantCulture));
}
