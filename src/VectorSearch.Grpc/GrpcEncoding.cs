namespace VectorSearch.Grpc;

/// <summary>How messages are compressed; the header <c>grpc-encoding</c> names it.</summary>
public enum GrpcEncoding
{
    /// <summary>Not at all.</summary>
    Identity = 0,

    /// <summary>gzip, each message by itself.</summary>
    Gzip = 1,
}
