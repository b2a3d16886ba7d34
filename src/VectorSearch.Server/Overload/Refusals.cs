using Google.Protobuf.WellKnownTypes;
using VectorSearch.Grpc;
using VectorSearch.Grpc.ErrorModel;

namespace VectorSearch.Server.Overload;

/// <summary>The statuses of calls that are turned away: RESOURCE_EXHAUSTED, with the limit and, if there is one, the time to come again.</summary>
internal static class Refusals
{
    private const string Domain = "vectorsearch";

    // What it says is rounded, so that a server under overload makes few of these.
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);
    private static volatile Overload? _last;

    /// <summary>The server has more to do than it can.</summary>
    public static GrpcStatus Overloaded(TimeSpan retryAfter)
    {
        long steps = (long)Math.Ceiling(retryAfter / Step);
        if (_last is { } last && last.Steps == steps) return last.Status;
        Overload now = new(steps, Make("OVERLOADED", "server", "The server has more calls than it can answer in time.", Step * steps));
        _last = now;
        return now.Status;
    }

    /// <summary>A caller has used its calls up.</summary>
    public static GrpcStatus OverQuota(string subject, TimeSpan retryAfter) =>
        Make("QUOTA_EXCEEDED", subject, $"'{subject}' has used up its calls for now.", retryAfter);

    /// <summary>A request asks for more than one request may.</summary>
    public static GrpcStatus OverRequestLimit(string passed) => Make("REQUEST_LIMIT_EXCEEDED", "request", passed + ".", null);

    private static GrpcStatus Make(string reason, string subject, string message, TimeSpan? retryAfter)
    {
        ErrorInfo info = new() { Reason = reason, Domain = Domain };
        QuotaFailure failure = new() { Violations = { new QuotaFailure.Types.Violation { Subject = subject, Description = message } } };
        GrpcStatus status = new(GrpcStatusCode.ResourceExhausted, message);
        return retryAfter is { } pause
            ? status.WithDetails(info, failure, new RetryInfo { RetryDelay = Duration.FromTimeSpan(pause) })
            : status.WithDetails(info, failure);
    }

    private sealed record Overload(long Steps, GrpcStatus Status);
}
