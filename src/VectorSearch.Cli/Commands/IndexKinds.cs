using VectorSearch.Protocol.V1;

namespace VectorSearch.Cli.Commands;

/// <summary>What finds the points of a collection, as options name it.</summary>
internal static class IndexKinds
{
    /// <summary>All that can be asked for.</summary>
    public static string[] Names { get; } = ["hnsw", "exact", "sealed"];

    /// <summary>The kind of a name; unspecified where none is given.</summary>
    public static IndexKind Read(string? name) => name switch
    {
        "hnsw" => IndexKind.Hnsw,
        "exact" => IndexKind.Exact,
        "sealed" => IndexKind.Sealed,
        _ => IndexKind.Unspecified,
    };

    /// <summary>The name of a collection's kind.</summary>
    public static string Name(IndexKind kind) => kind.ToString().ToLowerInvariant();
}
