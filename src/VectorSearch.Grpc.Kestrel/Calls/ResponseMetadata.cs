using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace VectorSearch.Grpc.Kestrel;

/// <summary>Writes metadata and status into headers or trailers.</summary>
internal static class ResponseMetadata
{
    internal static void Append(IHeaderDictionary target, GrpcMetadata metadata)
    {
        foreach (GrpcMetadataEntry entry in metadata) target[entry.Name] = StringValues.Concat(target[entry.Name], entry.Value);
    }

    internal static void AppendStatus(IHeaderDictionary target, GrpcStatus status)
    {
        target.GrpcStatus = StatusHeaders.CodeText(status.Code);
        if (status.Message.Length > 0) target.GrpcMessage = PercentCodec.Encode(status.Message);
        if (!status.Details.IsEmpty) target[StatusHeaders.Details] = BinaryHeader.Encode(status.Details.Span);
    }
}
