using Google.Protobuf.Reflection;
using VectorSearch.Grpc.ErrorModel;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>What in a JSON body does not fit its message.</summary>
/// <param name="Field">Path of the field, by the names in the .proto file.</param>
/// <param name="Actual">What came.</param>
/// <param name="Expected">What was expected.</param>
internal sealed record JsonFault(string Field, string Actual, string Expected)
{
    /// <summary>The status of a call with this fault, for people and for programs.</summary>
    internal GrpcStatus ToStatus(MessageDescriptor message)
    {
        GrpcStatus status = new(GrpcStatusCode.InvalidArgument, $"{Field}: got {Actual}, expected {Expected}.");
        ErrorInfo info = new() { Reason = nameof(GrpcStatusCode.InvalidArgument), Domain = message.File.Package, Metadata = { ["field"] = Field, ["actual"] = Actual, ["expected"] = Expected } };
        return status.WithDetails(info, new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = Field, Description = status.Message } } });
    }
}
