using VectorSearch.Collections;
using VectorSearch.Grpc;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Services;

/// <summary>Faults told in a message, where a call as a whole goes on: as <see cref="StatusMapper"/> would tell them.</summary>
internal static class Faults
{
    /// <summary>Code, message and field of a fault. What is not expected is told without its text, which may hold anything.</summary>
    public static Proto.Fault Write(Exception fault)
    {
        GrpcStatus status = StatusMapper.Map(fault) ?? new GrpcStatus(GrpcStatusCode.Internal, "A defect of the server; its log has the details.");
        return new Proto.Fault { Code = (int)status.Code, Message = status.Message, Field = (fault as VectorSearchException)?.Field ?? "" };
    }
}
