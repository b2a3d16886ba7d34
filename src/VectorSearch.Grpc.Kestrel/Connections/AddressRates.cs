using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// What each address may take in a second, over all its connections: a bucket for each that holds two seconds' worth. To take a
/// connection and set HTTP/2 up costs a server as much as some calls, and its caller next to nothing; and whoever was cut for
/// what it sent could begin anew at once. Of IPv6 an address is its first 64 bits, which is what one customer has.
/// </summary>
internal sealed class AddressRates(int perSecond, TimeProvider clock)
{
    /// <summary>Addresses that are known at a time; when there are more, all are forgotten, which each of them may take advantage of once.</summary>
    internal const int MaxAddresses = 16_384;

    private const int SecondsHeld = 2;

    private readonly Lock _gate = new();

    // When the bucket of an address is full again, in ticks of the clock; in the past for a full one.
    private readonly Dictionary<ulong, long> _full = [];
    private readonly long _interval = Math.Max(1, clock.TimestampFrequency / perSecond);

    /// <summary>Addresses whose buckets are kept.</summary>
    internal int Known
    {
        get
        {
            lock (_gate) return _full.Count;
        }
    }

    /// <summary>Takes one out of the bucket of an address; false if it is empty.</summary>
    internal bool TryTake(IPAddress address) => TakeUpTo(address, 1) == 1;

    /// <summary>Takes what there is in the bucket of an address, and no more than is asked for.</summary>
    internal int TakeUpTo(IPAddress address, int most)
    {
        ulong key = Key(address);
        long now = clock.GetTimestamp();
        lock (_gate)
        {
            long full = Math.Max(_full.GetValueOrDefault(key), now);
            int taken = (int)Math.Min(most, (now + (clock.TimestampFrequency * SecondsHeld) - full) / _interval);
            if (taken <= 0) return 0;
            if (_full.Count >= MaxAddresses) _full.Clear();
            _full[key] = full + (taken * _interval);
            return taken;
        }
    }

    private static ulong Key(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }
}
