using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>What the protocol layer logs.</summary>
internal static partial class CallLog
{
    internal const string Category = "VectorSearch.Grpc";

    [LoggerMessage(1, LogLevel.Error, "{Method}: the handler threw an exception that no mapping knows.")]
    internal static partial void HandlerFailed(this ILogger logger, string method, Exception fault);

    [LoggerMessage(2, LogLevel.Error, "{Method}: the mapping of exceptions to statuses threw itself.")]
    internal static partial void MapperFailed(this ILogger logger, string method, Exception fault);

    [LoggerMessage(3, LogLevel.Debug, "{Method}: ended with {Code}: {Message}")]
    internal static partial void CallFailed(this ILogger logger, string method, GrpcStatusCode code, string message);

    [LoggerMessage(4, LogLevel.Debug, "{Method}: the handler ended after its call, with an exception.")]
    internal static partial void LateFault(this ILogger logger, string method, Exception fault);

    [LoggerMessage(5, LogLevel.Warning, "{Peer}: connection closed, because for {Seconds} s it wanted to send more than {Limit} control frames a second (a reset counts as ten).")]
    internal static partial void FloodCut(this ILogger logger, string peer, int limit, double seconds);
}
