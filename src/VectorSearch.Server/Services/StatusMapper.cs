using VectorSearch.Collections;
using VectorSearch.Grpc;
using VectorSearch.Grpc.ErrorModel;

namespace VectorSearch.Server.Services;

/// <summary>The one table from faults to gRPC statuses, with the details that programs read.</summary>
internal static class StatusMapper
{
    private const string Domain = "vectorsearch";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>The status of an expected fault; null for any other exception.</summary>
    public static GrpcStatus? Map(Exception fault)
    {
        if (fault is not VectorSearchException expected) return null;
        GrpcStatus status = new(Code(expected.Code), expected.Message);
        ErrorInfo info = new() { Reason = expected.Code.ToString(), Domain = Domain };
        if (expected.Field is null) return Retryable(expected.Code) ? status.WithDetails(info, Retry()) : status.WithDetails(info);

        info.Metadata["field"] = expected.Field;
        info.Metadata["actual"] = expected.Actual ?? "";
        info.Metadata["expected"] = expected.Expected ?? "";
        BadRequest bad = new();
        bad.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = expected.Field, Description = expected.Message });
        return status.WithDetails(info, bad);
    }

    private static GrpcStatusCode Code(ErrorCode code) => code switch
    {
        ErrorCode.InvalidArgument => GrpcStatusCode.InvalidArgument,
        ErrorCode.NotFound => GrpcStatusCode.NotFound,
        ErrorCode.AlreadyExists => GrpcStatusCode.AlreadyExists,
        ErrorCode.FailedPrecondition => GrpcStatusCode.FailedPrecondition,
        ErrorCode.ResourceExhausted => GrpcStatusCode.ResourceExhausted,
        ErrorCode.ReadOnly => GrpcStatusCode.Unavailable,
        ErrorCode.Damaged => GrpcStatusCode.DataLoss,
        ErrorCode.Unavailable => GrpcStatusCode.Unavailable,
        _ => GrpcStatusCode.Internal,
    };

    private static bool Retryable(ErrorCode code) => code is ErrorCode.ResourceExhausted or ErrorCode.ReadOnly or ErrorCode.Unavailable;

    private static RetryInfo Retry() => new() { RetryDelay = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(RetryAfter) };
}
