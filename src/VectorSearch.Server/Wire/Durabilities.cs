using VectorSearch.Collections;
using Proto = VectorSearch.Protocol.V1;

namespace VectorSearch.Server.Wire;

/// <summary>The durability a request asks for.</summary>
internal static class Durabilities
{
    /// <summary>Null if the request leaves it to the collection.</summary>
    /// <exception cref="VectorSearchException">The value is not one of this version's.</exception>
    public static Durability? Read(Proto.Durability durability) => durability switch
    {
        Proto.Durability.Unspecified => null,
        Proto.Durability.Committed => Durability.Committed,
        Proto.Durability.Applied => Durability.Applied,
        _ => throw new VectorSearchException(ErrorCode.InvalidArgument, "durability", durability.ToString(), "DURABILITY_COMMITTED or DURABILITY_APPLIED"),
    };
}
