using VectorSearch.Grpc;

namespace VectorSearch.Client;

/// <summary>A call that did not end well. The message says what came, what was expected and what to do.</summary>
public sealed class VectorSearchClientException : Exception
{
    internal VectorSearchClientException(GrpcStatus status, string message, Exception inner) : base(message, inner) => Status = status;

    /// <summary>Work that the server did and that did not end well.</summary>
    internal VectorSearchClientException(GrpcStatusCode code, string message) : base(message) => Status = new GrpcStatus(code, message);

    /// <summary>How the call ended, with details for programs.</summary>
    public GrpcStatus Status { get; }

    /// <summary>Short for <c>Status.Code</c>.</summary>
    public GrpcStatusCode Code => Status.Code;

    /// <summary>Of an upsert in several pieces: how many rows, from the first, were acknowledged before this.</summary>
    public long Upserted { get; internal set; }

    internal static VectorSearchClientException From(RpcException fault, Uri server, TimeSpan timeout, int attempts)
    {
        string message = fault.Status.Message.Length > 0 ? fault.Status.Message : fault.Code.ToString();
        message += fault.Code switch
        {
            GrpcStatusCode.Unavailable when !fault.Status.Details.IsEmpty => $" ({attempts} attempts.)", // the server's own words
            GrpcStatusCode.Unavailable =>
                $" ({attempts} attempts). Does a server run at {server}? Start one with 'vectorsearch serve', and give its gRPC port, not its HTTP port.",
            GrpcStatusCode.DeadlineExceeded =>
                $" after {timeout.TotalSeconds:0.###} s and {attempts} attempt(s). Give the call a longer timeout, or ask for less at once.",
            GrpcStatusCode.FailedPrecondition when message.Contains("context.space_id", StringComparison.Ordinal) =>
                " If the collection was made anew or rebuilt, take client.Points(name) again: it learns the space that is there now.",
            _ => "",
        };
        return new(fault.Status, message, fault);
    }
}
