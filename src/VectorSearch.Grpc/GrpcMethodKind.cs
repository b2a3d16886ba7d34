namespace VectorSearch.Grpc;

/// <summary>How many messages go each way.</summary>
public enum GrpcMethodKind
{
    /// <summary>One request, one reply.</summary>
    Unary,

    /// <summary>One request, any number of replies.</summary>
    ServerStream,

    /// <summary>Any number of requests, one reply.</summary>
    ClientStream,

    /// <summary>Any number each way, in any order.</summary>
    Duplex,
}
