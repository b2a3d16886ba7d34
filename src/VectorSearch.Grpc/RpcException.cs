namespace VectorSearch.Grpc;

/// <summary>
/// A call that did not end with <see cref="GrpcStatusCode.Ok"/>. A caller receives it; a handler throws it to choose the
/// status that its caller receives.
/// </summary>
public sealed class RpcException : Exception
{
    /// <summary>An exception with a status and the metadata that ends the call.</summary>
    public RpcException(GrpcStatus status, GrpcMetadata? trailers = null, Exception? innerException = null)
        : base(status.ToString(), innerException)
    {
        Status = status;
        Trailers = trailers ?? new GrpcMetadata();
    }

    /// <summary>An exception with a code and a message.</summary>
    public RpcException(GrpcStatusCode code, string message, Exception? innerException = null)
        : this(new GrpcStatus(code, message), null, innerException)
    {
    }

    /// <summary>How the call ended.</summary>
    public GrpcStatus Status { get; }

    /// <summary>The metadata after the last message, without the status itself.</summary>
    public GrpcMetadata Trailers { get; }

    /// <summary>Short for <c>Status.Code</c>.</summary>
    public GrpcStatusCode Code => Status.Code;
}
