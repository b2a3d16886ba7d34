using System.Collections.Concurrent;
using VectorSearch.Grpc.Kestrel;
using VectorSearch.Server.Authorization;

namespace VectorSearch.Server.Overload;

/// <summary>How often each known caller may call: a token bucket a subject.</summary>
internal sealed class CallerQuotas(CallerDirectory callers, TimeProvider clock)
{
    // Subjects come from keys and from tokens that were believed; a bucket that is forgotten starts full again.
    private const int MaxSubjects = 100_000;

    private readonly ConcurrentDictionary<string, TokenBucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Counts one call; false with the time until the next may come if the caller's quota is used up.</summary>
    public bool TryTake(CallIdentity caller, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        if (!callers.KeyQuotas.TryGetValue(caller.Subject, out AccessQuota? quota)) quota = callers.TokenQuota;
        if (quota is null) return true;
        if (!_buckets.TryGetValue(caller.Subject, out TokenBucket? bucket))
        {
            if (_buckets.Count >= MaxSubjects) _buckets.Clear();
            double burst = quota.Burst > 0 ? quota.Burst : Math.Max(1, Math.Ceiling(quota.CallsPerSecond));
            bucket = _buckets.GetOrAdd(caller.Subject, _ => new TokenBucket(quota.CallsPerSecond, burst, clock));
        }

        return bucket.TryTake(out retryAfter);
    }
}

/// <summary>A bucket that fills steadily up to its burst; each call takes one token.</summary>
internal sealed class TokenBucket
{
    private readonly double _perSecond;
    private readonly double _burst;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private double _tokens;
    private long _filled;

    /// <summary>A full bucket.</summary>
    public TokenBucket(double perSecond, double burst, TimeProvider clock)
    {
        (_perSecond, _burst, _clock, _tokens) = (perSecond, burst, clock, burst);
        _filled = clock.GetTimestamp();
    }

    /// <summary>Takes a token; false with the time until there is one.</summary>
    public bool TryTake(out TimeSpan retryAfter)
    {
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            _tokens = Math.Min(_burst, _tokens + (_clock.GetElapsedTime(_filled, now).TotalSeconds * _perSecond));
            _filled = now;
            retryAfter = TimeSpan.Zero;
            if (_tokens >= 1)
            {
                _tokens--;
                return true;
            }

            retryAfter = TimeSpan.FromSeconds((1 - _tokens) / _perSecond);
            return false;
        }
    }
}
