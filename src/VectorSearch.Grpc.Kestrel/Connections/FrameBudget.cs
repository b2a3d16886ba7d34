using System.Net;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>
/// How many control frames a connection may send: a token bucket that holds one second's worth. A new connection has what is
/// left of its address's share, at most a tenth of that, so that coming anew gains nothing. The clock is read only when the
/// bucket is empty.
/// </summary>
internal sealed class FrameBudget
{
    private const int TenthsOfFrame = 10, SecondsHeld = 1;
    private const int FirstsASecond = 10;

    /// <summary>What every new connection needs: its settings, the answer to the server's, its window, a call given up.</summary>
    private const int LeastFirst = 20;

    private readonly double _perSecond;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private double _tokens;
    private long _filledAt;
    private long _floodBegan;
    private bool _floods;

    /// <summary>A budget of one connection.</summary>
    /// <param name="framesPerSecond">Control frames a second in the long run.</param>
    /// <param name="patience">How long the connection may want more.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="first">Control frames that it may send at once; see <see cref="First"/>.</param>
    internal FrameBudget(int framesPerSecond, TimeSpan patience, TimeProvider clock, int first)
    {
        _perSecond = (double)framesPerSecond * TenthsOfFrame;
        _patience = patience;
        _clock = clock;
        _tokens = (double)first * TenthsOfFrame;
        _filledAt = clock.GetTimestamp();
    }

    /// <summary>True once the connection wanted more than its budget for longer than it is borne.</summary>
    internal bool IsUsedUp { get; private set; }

    /// <summary>Control frames that a new connection of an address may send at once.</summary>
    internal static int First(int framesPerSecond, AddressRates rates, IPAddress? address)
    {
        int share = Math.Max(framesPerSecond / FirstsASecond, LeastFirst);
        return address is null ? share : Math.Max(rates.TakeUpTo(address, share), LeastFirst);
    }

    /// <summary>Takes a frame's weight; false if nothing more may be read for a while. The frame itself counts in any case.</summary>
    internal bool TryTake(int weight)
    {
        if (_tokens >= weight)
        {
            _tokens -= weight;
            return true;
        }

        long now = _clock.GetTimestamp();
        TimeSpan passed = _clock.GetElapsedTime(_filledAt, now);
        _filledAt = now;
        _tokens = Math.Min(_tokens + (passed.TotalSeconds * _perSecond), _perSecond * SecondsHeld) - weight;

        // Who needed a whole second for what the bucket holds was within the rate.
        if (passed.TotalSeconds >= SecondsHeld) _floods = false;
        if (_tokens >= 0) return true;
        if (!_floods) _floodBegan = now;
        _floods = true;
        IsUsedUp = _clock.GetElapsedTime(_floodBegan, now) >= _patience;
        return false;
    }
}
