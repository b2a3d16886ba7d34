using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Turns whatever ended a call into the status that its caller gets.</summary>
internal static class CallStatus
{
    private const string UnexpectedMessage = "The server met an unexpected error; its log has the details.";

    internal static readonly GrpcStatus DeadlineExceeded = new(GrpcStatusCode.DeadlineExceeded, "The deadline passed.");
    internal static readonly GrpcStatus Leaving = new(GrpcStatusCode.Unavailable, "The server is shutting down.");
    internal static readonly GrpcStatus Cancelled = new(GrpcStatusCode.Cancelled, "The caller cancelled the call.");

    /// <summary>Why a call that still runs has ended.</summary>
    internal static RpcException Ended(ServerCall call) => new(call.IsInterrupted ? call.InterruptedStatus : Cancelled);

    internal static GrpcStatus From(Exception fault, ServerCall call, ILogger log)
    {
        if (fault is RpcException rpc)
        {
            call.AddTrailers(rpc.Trailers);
            return rpc.Status;
        }

        if (call.IsInterrupted && fault is OperationCanceledException) return call.InterruptedStatus;
        // Kestrel reports a reset stream as an I/O fault of the read or write under way.
        if (call.Http.RequestAborted.IsCancellationRequested && fault is (OperationCanceledException or IOException)) return Cancelled;
        return Mapped(fault, call, log) ?? Unexpected(fault, call, log);
    }

    private static GrpcStatus? Mapped(Exception fault, ServerCall call, ILogger log)
    {
        if (fault is BadHttpRequestException body)
        {
            return body.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => new(GrpcStatusCode.DeadlineExceeded, "The request came too slowly."),
                StatusCodes.Status413PayloadTooLarge => new(GrpcStatusCode.ResourceExhausted, "The request is too large."),
                _ => new(GrpcStatusCode.Internal, "The request's body is not valid HTTP."),
            };
        }

        try
        {
            return call.Options.ExceptionMapper?.Invoke(fault);
        }
        catch (Exception second) when (second is not OutOfMemoryException)
        {
            log.MapperFailed(call.Method.Path, second);
            return null;
        }
    }

    private static GrpcStatus Unexpected(Exception fault, ServerCall call, ILogger log)
    {
        log.HandlerFailed(call.Method.Path, fault);
        return new GrpcStatus(GrpcStatusCode.Unknown, UnexpectedMessage);
    }
}
