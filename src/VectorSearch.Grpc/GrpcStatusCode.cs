namespace VectorSearch.Grpc;

/// <summary>How a call ended. The numbers are those of the gRPC protocol (header <c>grpc-status</c>).</summary>
public enum GrpcStatusCode
{
    /// <summary>The call did what was asked.</summary>
    Ok = 0,

    /// <summary>The caller cancelled.</summary>
    Cancelled = 1,

    /// <summary>The server met a fault that it has no better name for.</summary>
    Unknown = 2,

    /// <summary>The request is wrong whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed first.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was named is not there.</summary>
    NotFound = 5,

    /// <summary>What was to be made is there already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A limit or a quota is used up.</summary>
    ResourceExhausted = 8,

    /// <summary>The server's state forbids it until the caller changes that state.</summary>
    FailedPrecondition = 9,

    /// <summary>A conflict with another call; the caller may start over.</summary>
    Aborted = 10,

    /// <summary>Past the valid range, as reading past the end.</summary>
    OutOfRange = 11,

    /// <summary>The server has no such service, method or encoding.</summary>
    Unimplemented = 12,

    /// <summary>A broken invariant, or bytes that are not this protocol.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached or takes no calls at the moment; try again.</summary>
    Unavailable = 14,

    /// <summary>Data is lost or damaged for good.</summary>
    DataLoss = 15,

    /// <summary>The caller did not say who it is, or not believably.</summary>
    Unauthenticated = 16,
}
