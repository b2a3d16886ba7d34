namespace VectorSearch.Grpc;

/// <summary>A reply and the metadata around it.</summary>
/// <param name="Message">The reply.</param>
/// <param name="Headers">Metadata that came before it.</param>
/// <param name="Trailers">Metadata that came after it.</param>
public sealed record GrpcReply<TReply>(TReply Message, GrpcMetadata Headers, GrpcMetadata Trailers);
