using System.Globalization;

namespace VectorSearch.Grpc;

/// <summary>
/// The header <c>grpc-timeout</c>: one to eight digits and a unit (H, M, S, m, u, n for hours, minutes, seconds, milli-,
/// micro- and nanoseconds).
/// </summary>
internal static class GrpcTimeout
{
    /// <summary>The header's name.</summary>
    internal const string HeaderName = "grpc-timeout";

    /// <summary>Longest number of digits that the protocol allows.</summary>
    internal const int MaxDigits = 8;

    /// <summary>Longer timeouts are taken as this one; it is what the runtime's timers can hold.</summary>
    internal static readonly TimeSpan Max = TimeSpan.FromMilliseconds(int.MaxValue);

    private const int MaxNumber = 99_999_999;
    private const int NanosecondsPerTick = 100;

    // From the finest to the coarsest, in ticks of 100 ns; the nanosecond is a part of a tick and handled apart.
    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
        ('M', TimeSpan.TicksPerMinute),
        ('H', TimeSpan.TicksPerHour),
    ];

    /// <summary>Reads a timeout, never more than <see cref="Max"/>; false if the text is not one.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1) return false;
        if (!uint.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out uint number)) return false;
        if (text[^1] == 'n')
        {
            timeout = TimeSpan.FromTicks((number + NanosecondsPerTick - 1) / NanosecondsPerTick);
            return true;
        }

        foreach ((char unit, long ticks) in Units)
        {
            if (text[^1] != unit) continue;
            // At most 99,999,999 h of 3.6e10 ticks: 3.6e18 is within a long.
            timeout = TimeSpan.FromTicks(Math.Min(number * ticks, Max.Ticks));
            return true;
        }

        return false;
    }

    /// <summary>
    /// Writes a timeout in the finest unit that holds it, rounded up, so that the server never gives up before its
    /// caller. Nothing left is written as one nanosecond.
    /// </summary>
    internal static string Format(TimeSpan timeout)
    {
        if (timeout <= TimeSpan.Zero) return "1n";
        long ticks = Math.Min(timeout.Ticks, Max.Ticks);
        foreach ((char unit, long unitTicks) in Units)
        {
            long number = (ticks + unitTicks - 1) / unitTicks;
            if (number <= MaxNumber) return string.Create(CultureInfo.InvariantCulture, $"{number}{unit}");
        }

        throw new InvalidOperationException("The longest timeout fits into hours.");
    }
}
